"""What the words of a query make one think of, whether or not they name it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from repository.search.matching import key_of, places_of, telling
from repository.search.words import WORD, normalize

RARITY = 0.5
"""A cue counts by how few it points at, to this power."""


@dataclass(frozen=True)
class Heard:
    """How much each word of a query tells, by its place, and what of it points at each key."""

    told: dict[int, float]
    by_key: dict[int, dict[int, float]]

    def coverage(self, key: int) -> float:
        """Return the part of what the query tells that points at one key."""
        whole = sum(self.told.values())
        return sum(self.by_key.get(key, {}).values()) / whole if whole else 0.0


class Cues:
    """Which keys a word points at: by the words of a name, or by a hint.

    Korean endings follow a word and compounds are written together, so that a cue of two or more
    syllables also counts where a word of the query begins with it.
    """

    def __init__(self, names: Mapping[int, Iterable[str]], hints: Mapping[int, Iterable[str]]):
        self._points: dict[str, set[int]] = {}
        for key, words in names.items():
            for word in words:
                for stem in telling(word):
                    self._points.setdefault(stem, set()).add(key)
        for key, phrases in hints.items():
            for phrase in phrases:
                self._points.setdefault(key_of(phrase), set()).add(key)
        self._points.pop("", None)

    def __contains__(self, cue: str) -> bool:
        return cue in self._points

    def heard(self, query: str) -> Heard:
        told: dict[int, float] = {}
        by_key: dict[int, dict[int, float]] = {}
        for cue, places in self._found(query).items():
            keys = self._points[cue]
            rarity = len(keys) ** -RARITY
            for at in places:
                told[at] = max(rarity, told.get(at, 0.0))
                for key in keys:
                    places_of_key = by_key.setdefault(key, {})
                    places_of_key[at] = max(rarity, places_of_key.get(at, 0.0))
        return Heard(told, by_key)

    def _found(self, query: str) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for run, place in places_of(query).items():
            if run in self._points:
                found.setdefault(run, set()).update(range(place.start, place.end))
        for at, word in enumerate(WORD.findall(normalize(query))):
            if not word.isascii():
                for end in range(2, len(word)):
                    if word[:end] in self._points:
                        found.setdefault(word[:end], set()).add(at)
        return found
