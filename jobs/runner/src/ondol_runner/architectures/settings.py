"""Reading an uploaded config.json: known keys, the right types, and sizes within reason."""

from __future__ import annotations

from collections.abc import Mapping

from ondol_runner.faults import Unfit
from ondol_runner.protocol import sentence

NAMED_BY = "architecture"


class BadConfig(Unfit):
    """A config.json that describes no network we would build; the sentence names the key."""


class Settings:
    """The keys of one config.json, each read once and within its bounds."""

    def __init__(self, config: Mapping[str, object]) -> None:
        self._config = config
        self._read: list[str] = []

    def whole(self, key: str, otherwise: int, *, low: int = 1, high: int) -> int:
        """Return a whole number between two bounds, or raise BadConfig."""
        return _whole(key, self._take(key, otherwise), low, high)

    def wholes(self, key: str, otherwise: tuple[int, ...], *, high: int, longest: int) -> list[int]:
        """Return a list of whole numbers from 1 to `high`, or raise BadConfig."""
        value = self._take(key, list(otherwise))
        if not isinstance(value, list) or not 1 <= len(value) <= longest:
            raise BadConfig(
                sentence(
                    "config_list",
                    "config.json: '{key}' has to be a list of 1 to {longest} numbers.",
                    key=key,
                    longest=longest,
                )
            )
        return [_whole(f"{key}[{index}]", item, 1, high) for index, item in enumerate(value)]

    def finish(self, name: str) -> None:
        """Raise BadConfig where a key was given that the architecture does not know."""
        unknown = sorted(self._config.keys() - {NAMED_BY, *self._read})
        if unknown:
            raise BadConfig(
                sentence(
                    "config_key",
                    "config.json: '{name}' has no key '{key}'. It takes: {known}.",
                    name=name,
                    key=unknown[0],
                    known=", ".join(sorted(self._read)),
                )
            )

    def _take(self, key: str, otherwise: object) -> object:
        self._read.append(key)
        return self._config.get(key, otherwise)


def _whole(key: str, value: object, low: int, high: int) -> int:
    # JSON's true is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadConfig(
            sentence(
                "config_number",
                "config.json: '{key}' has to be a whole number from {low} to {high}.",
                key=key,
                low=low,
                high=high,
            )
        )
    return value
