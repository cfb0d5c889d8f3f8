"""Words as the search sees them, Korean and English alike."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

HANGUL = re.compile(r"[가-힣]+")
NOT_LONE = re.compile(r"[^\u3131-\u3163]+")
WORD = re.compile(r"[a-z0-9]+|[가-힣]+")
FUNCTION_WORDS = frozenset(
    {
        *(
            "a",
            "an",
            "and",
            "any",
            "are",
            "as",
            "at",
            "away",
            "be",
            "by",
            "can",
            "do",
            "does",
            "for",
        ),
        *(
            "from",
            "has",
            "have",
            "how",
            "i",
            "if",
            "in",
            "into",
            "is",
            "it",
            "its",
            "me",
            "my",
            "no",
        ),
        *(
            "not",
            "of",
            "off",
            "on",
            "or",
            "our",
            "out",
            "so",
            "some",
            "that",
            "the",
            "their",
            "them",
        ),
        *(
            "there",
            "they",
            "this",
            "to",
            "up",
            "was",
            "we",
            "what",
            "when",
            "where",
            "which",
            "who",
        ),
        *("why", "will", "with", "without", "you", "your"),
    }
)
ENGLISH = snowballstemmer.stemmer("english")


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
    return str(ENGLISH.stemWord(word)) if word.isascii() else word


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


def query_tokens(text: str) -> list[str]:
    """Return the tokens that a hit should hold: pairs for Hangul, a syllable only if alone.

    English function words are left out where there are others.
    """
    found: list[str] = []
    for word in WORD.findall(normalize(text)):
        if not HANGUL.fullmatch(word) or len(word) == 1:
            found.append(stem(word))
        else:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
    telling = [word for word in found if word not in FUNCTION_WORDS]
    return list(dict.fromkeys(telling or found))
