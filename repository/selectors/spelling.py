"""Words that nobody knows: what was meant, by spelling or by the other keyboard layout."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary

from rapidfuzz import process
from rapidfuzz.distance import OSA

from portal.accounts.models import User
from repository.search.backend import search_index
from repository.search.keyboard import keys_of, other_layout
from repository.search.matching import places_of, stems_of
from repository.search.types import IndexAway, SearchIndex
from repository.search.words import FUNCTION_WORDS
from repository.selectors.access import audience_of
from repository.selectors.lexicon import Lexicon

SHORTEST = 4
LONG = 8
PLAIN = {True: 6, False: 9}
"""Keys from which on a word beside known ones is corrected, Latin and Korean."""

MOST_PARTS = 20_000
PARTS_KEPT_S = 60
T = TypeVar("T")
LETTERS = re.compile(r"[A-Za-z가-힣ㄱ-ㅣ]")


def correct_query(user: User | None, query: str, known: Lexicon) -> str:
    """Return the query that was probably meant, or "" where every word of it is known.

    A word is known if the vocabulary has it or any model that the person may see. While the index
    is away models are searched by their contexts alone, and the vocabulary alone is asked.
    """
    words = query.split()
    strange = [word for word in words if LETTERS.search(word) and not _knows(known, word)]
    sure = len(strange) < len(words)
    if not strange:
        return ""
    turned = {word: other for word in strange if (other := other_layout(word))}
    try:
        held = search_index().holding({*strange, *turned.values()}, audience_of(user))
    except IndexAway:
        held = set()
    meant = {
        word: _meant(word, turned.get(word, ""), known, held)
        for word in strange
        if word not in held
    }
    corrected = [meant.get(word) or word for word in words]
    if sure:
        corrected = [
            new if new == old or _is_likely(known, corrected, at, turned.get(old, "")) else old
            for at, (old, new) in enumerate(zip(words, corrected, strict=True))
        ]
    return " ".join(corrected) if corrected != words else ""


def _is_likely(known: Lexicon, words: Sequence[str], at: int, turned: str) -> bool:
    """Say whether a word that was put in beside known ones was meant.

    A short one is more likely an ordinary word of which the vocabulary has no need, unless it makes
    a name together with its neighbor.
    """
    if words[at] == turned or len(keys_of(words[at])) >= PLAIN[words[at].isascii()]:
        return True
    beside = f"{' '.join(words[max(at - 1, 0) : at + 2])}"
    return any(
        place.end - place.start > 1
        for run, place in places_of(beside).items()
        if run in known.by_key
    )


def _meant(word: str, turned: str, known: Lexicon, held: Iterable[str]) -> str:
    if turned and (turned in held or _knows(known, turned)):
        return turned
    found = closest(keys_of(word).lower(), known.words, _keys)
    found += closest(word.lower(), model_words(), str) if word.isascii() else []
    return found[0] if found else ""


def closest(keys: str, choices: Sequence[T], key: Callable[[T], str]) -> list[T]:
    """Return the choices that have these keys but for a slip: one, or two in a long word.

    A slip is a letter too much, too few, another one, or two that changed places; the first is
    seldom wrong. Hangul is compared by its keys, so that a wrong vowel is one slip.
    """
    if len(keys) < SHORTEST:
        return []
    alike = [row for row in choices if key(row)[:1] == keys[:1]]
    found = process.extract(
        keys,
        [key(row) for row in alike],
        scorer=OSA.distance,
        score_cutoff=2 if len(keys) >= LONG else 1,
        limit=5,
    )
    return [alike[at] for _, _, at in found]


def model_words() -> list[str]:
    """Return the words of models' names, at most a minute old while the index answers."""
    index = search_index()
    read_at, words = _kept.get(index, (-PARTS_KEPT_S, []))
    if time.monotonic() - read_at > PARTS_KEPT_S:
        with suppress(IndexAway):
            words = [word for word in index.parts(most=MOST_PARTS) if word.isalpha()]
        _kept[index] = (time.monotonic(), words)
    return words


_kept: WeakKeyDictionary[SearchIndex, tuple[float, list[str]]] = WeakKeyDictionary()


@cache
def _keys(word: str) -> str:
    return keys_of(word).lower()


def _knows(known: Lexicon, word: str) -> bool:
    """Say whether the vocabulary has each part of a word; in Korean, whether one begins it."""
    if word.lower() in FUNCTION_WORDS or any(run in known.cues for run in places_of(word)):
        return True
    return all(
        stem in known.cues
        or (not stem.isascii() and any(stem[:end] in known.cues for end in range(2, len(stem))))
        for stem in stems_of(word)
    ) and bool(stems_of(word))
