"""Which device may run which engine. Pure: no database, no request."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def engines_of(passport: Mapping[str, Any]) -> dict[str, str]:
    """Return the engines a device says it has, with their versions."""
    return {row["engine"]: row["version"] for row in passport.get("engines", [])}


def choose_engine(wanted: str, suited: Iterable[str], present: Mapping[str, str]) -> str | None:
    """Return the engine to use: the wanted one, or the first suited one that the device has."""
    if wanted:
        return wanted if wanted in suited and wanted in present else None
    return next((engine for engine in suited if engine in present), None)


def has_abilities(passport: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    """Say whether a device tells of everything wanted: of its processor, accelerators or sensors.

    A part of a word is enough, in capitals or not: `coral` is met by "Coral Edge TPU (USB)".
    """
    named = [passport.get("architecture", ""), passport.get("cpu", "")]
    told = [*named, *passport.get("accelerators", []), *passport.get("sensors", [])]
    return all(any(word.lower() in text.lower() for text in told) for word in wanted)


def cores_of(passport: Mapping[str, Any]) -> int:
    return int(passport.get("cores") or 1)
