"""Which known words stand in a query: with particles, endings and spaces as people write them."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from repository.search.words import FUNCTION_WORDS, HANGUL, WORD, normalize, stem

LONGEST = 6
"""Words of a query that one name may span."""

PARTICLES = (
    *("을", "를", "이", "가", "은", "는", "의", "에", "에서", "에게", "으로", "로", "와", "과"),
    *(
        "도",
        "에도",
        "에는",
        "에서도",
        "에서는",
        "만",
        "까지",
        "부터",
        "이나",
        "나",
        "라도",
        "처럼",
        "보다",
        "들",
        "들을",
        "들이",
        "들의",
    ),
    *("하는", "하기", "하고", "해서", "하면", "한", "할", "해", "된", "되는", "되고", "인", "이고"),
    *("용", "전용", "중", "시", "때", "별", "있는", "없는", "없이"),
)
"""What Korean hangs on a noun: particles, and endings of the verbs made of it."""

OF_ONE_SYLLABLE = frozenset(
    (
        *("을", "를", "이", "가", "은", "는", "으로", "까지", "부터"),
        *("에", "에서", "에게", "에는", "에도"),
    )
)


@dataclass(frozen=True)
class Place:
    """Where in a query a name stands, in words: from `start` up to `end`."""

    start: int
    end: int

    def within(self, other: "Place") -> bool:
        return self != other and other.start <= self.start and self.end <= other.end

    def is_all_of(self, query: str) -> bool:
        """Say whether no word of a query stands elsewhere but function words."""
        words = WORD.findall(normalize(query))
        return FUNCTION_WORDS.issuperset(words[: self.start] + words[self.end :])


@lru_cache(maxsize=50_000)
def stems_of(name: str) -> tuple[str, ...]:
    """Return the words of a name by what they are compared by."""
    return tuple(stem(word) for word in WORD.findall(normalize(name)))


@lru_cache(maxsize=50_000)
def telling(name: str) -> tuple[str, ...]:
    """Return the stems of a name without its function words, unless it has no others."""
    words = WORD.findall(normalize(name))
    return tuple(stem(word) for word in words if word not in FUNCTION_WORDS) or stems_of(name)


@lru_cache(maxsize=50_000)
def key_of(name: str) -> str:
    """Return what a name is compared by: its stems, written together."""
    return "".join(stems_of(name))


def places_of(query: str) -> dict[str, Place]:
    """Return the key of every run of words in a query with its place, the first one it has.

    The last word of a run counts with and without what Korean hangs on it.
    """
    words = WORD.findall(normalize(query))
    stems = [stem(word) for word in words]
    found: dict[str, Place] = {}
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            place = Place(start, end)
            before = "".join(stems[start : end - 1])
            for last in (stems[end - 1], *_bare(words[end - 1], alone=not before)):
                found.setdefault(before + last, place)
    return found


def _bare(word: str, *, alone: bool) -> Iterable[str]:
    if not HANGUL.fullmatch(word):
        return
    for particle in PARTICLES:
        rest = word.removesuffix(particle)
        # Many words of one syllable end by chance as another with a particle does.
        if rest not in ("", word) and (len(rest) > 1 or not alone or particle in OF_ONE_SYLLABLE):
            yield rest


class Overlap:
    """How much of a name stands in a query, whatever the order and what comes between.

    Words count by their rarity among all names. A Korean word counts where a word of the query
    begins with it: particles and endings follow it, and compounds are written together.
    """

    def __init__(self, names: Iterable[str]) -> None:
        seen = Counter(found for name in names for found in set(telling(name)))
        self._weights = {word: 1 / math.sqrt(times) for word, times in seen.items()}

    def share(self, name: str, asked: tuple[str, ...]) -> float:
        stems = telling(name)
        whole = sum(self._weights[word] for word in stems)
        held = sum(self._weights[word] for word in stems if _stands(word, asked))
        return held / whole if whole else 0.0


def _stands(known: str, asked: tuple[str, ...]) -> bool:
    if known in asked:
        return True
    return len(known) > 1 and not known.isascii() and any(word.startswith(known) for word in asked)
