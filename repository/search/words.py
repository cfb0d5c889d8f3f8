"""Words as the search sees them, Korean and English alike."""

import re
import unicodedata

HANGUL = re.compile(r"[가-힣]+")
WORD = re.compile(r"[a-z0-9]+|[가-힣]+")


def normalize(text: str) -> str:
    """Return text in one spelling: composed, lower case, single spaces, no hyphens."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s_\-/·]+", " ", folded).strip()


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
            found.append(word)
    return found


def query_tokens(text: str) -> list[str]:
    """Return the tokens that a hit should hold: pairs for Hangul, a syllable only if alone."""
    found: list[str] = []
    for word in WORD.findall(normalize(text)):
        if not HANGUL.fullmatch(word) or len(word) == 1:
            found.append(word)
        else:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
    return list(dict.fromkeys(found))
