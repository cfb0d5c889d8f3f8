"""Words as the search sees them, Korean and English alike."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import snowballstemmer

HANGUL = re.compile(r"[가-힣]+")
NOT_LONE = re.compile(r"[^\u3131-\u3163]+")
WORD = re.compile(r"[a-z0-9]+|[가-힣]+")
FUNCTION_WORDS = frozenset(
    Path(__file__).with_name("function_words.txt").read_text("utf-8").split()
)
"""What people put around what they mean, in both languages."""

ENGLISH = snowballstemmer.stemmer("english")
ONE_AT_A_TIME = Lock()
"""The stemmer keeps the word in itself: two searches at once would cut each other's."""


def normalize(text: str) -> str:
    """Return text in one spelling: composed, lower case, single spaces, no hyphens."""
    # NFKC would make lone letters (ㅈㅊ) leads of syllables, which nothing else writes.
    folded = NOT_LONE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text).lower()
    return re.sub(r"[\s_\-/·]+", " ", folded).strip()


def parts_of(owner: str, name: str) -> list[str]:
    """Return what people begin to type of a name: all of it, with its owner, and its words."""
    whole = name.lower()
    return list(dict.fromkeys([whole, f"{owner.lower()}/{whole}", *WORD.findall(whole)]))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return what is left of an English word without its ending; other words as they are."""
    # `fitness` and `personalization` are neither `fit` nor `person`.
    kept = not word.isascii() or word.endswith(("ness", "ization"))
    if kept:
        return word
    with ONE_AT_A_TIME:
        return str(ENGLISH.stemWord(word))


def tokens(text: str) -> list[str]:
    """Return what the full-text index holds for a text.

    Korean writes words together and hangs particles on them, so Hangul is cut into single syllables
    and pairs: a two-syllable query then finds its word wherever it stands.
    """
    found: list[str] = []
    for word in WORD.findall(normalize(text)):
        if HANGUL.fullmatch(word):
            found += list(word)
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(stem(word))
    return found


def by_script(text: str) -> tuple[list[str], list[str]]:
    """Return the words of a text: the stems of the Latin ones, and the Korean ones as written."""
    return _by_script(WORD.findall(normalize(text)))


def asked_by_script(text: str) -> tuple[list[str], list[str]]:
    """Return the words that a hit should hold, each once, by their script."""
    latin, hangul = _by_script(_telling(text))
    return list(dict.fromkeys(latin)), list(dict.fromkeys(hangul))


def _by_script(words: Sequence[str]) -> tuple[list[str], list[str]]:
    latin = [stem(word) for word in words if word.isascii()]
    return latin, [word for word in words if not word.isascii()]


@lru_cache(maxsize=20_000)
def _telling(text: str) -> tuple[str, ...]:
    """Return the words without function words, where there are others.

    Searches ask for the same names of contexts again and again.
    """
    words = WORD.findall(normalize(text))
    return tuple(word for word in words if word not in FUNCTION_WORDS) or tuple(words)


def query_tokens(text: str) -> list[str]:
    """Return the tokens that a hit should hold: pairs for Hangul, a syllable only if alone.

    Function words are left out where there are others.
    """
    found: list[str] = []
    for word in _telling(text):
        if not HANGUL.fullmatch(word) or len(word) == 1:
            found.append(stem(word))
        else:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
    return list(dict.fromkeys(found))


def fewest_words(names: Iterable[str]) -> list[str]:
    """Return names without those that hold every word of another: who holds them holds that one."""
    words = {name: frozenset(query_tokens(name)) for name in names}
    ranked = sorted((name for name in words if words[name]), key=lambda name: len(words[name]))
    found: list[str] = []
    for name in ranked:
        if not any(words[other] <= words[name] for other in found):
            found.append(name)
    return found
