"""Hangul as the keys that type it, on the two-set layout (KS X 5002) that Koreans use.

Text by its keys makes half-typed syllables, Hangul typed as Latin and Latin typed as Hangul one and
the same thing: 주, 줓 and `wnc` all begin 주차.
"""

import re
import unicodedata

LEADS = tuple("rRseEfaqQtTdwWczxvg")
VOWELS = (
    *("k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y"),
    *("n", "nj", "np", "nl", "b", "m", "ml", "l"),
)
TAILS = (
    *("", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx"),
    *("fv", "fg", "a", "q", "qt", "t", "T", "d", "w", "c", "z", "x", "v", "g"),
)
LONE = (
    *("r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg"),
    *("a", "q", "Q", "qt", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g"),
    *VOWELS,
)
"""The keys of the compatibility letters from U+3131 (a lone ㄱ) on."""

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FIRST, LAST, FIRST_LONE = 0xAC00, 0xD7A3, 0x3131
SYLLABLE = re.compile(
    r"([rRseEfaqQtTdwWczxvg])"
    r"(hk|ho|hl|nj|np|nl|ml|[koiOjpuPhynbml])"
    r"((?:rt|sw|sg|fr|fa|fq|ft|fx|fv|fg|qt|[rRsefaqtTdwczxvg])(?![koiOjpuPhynbml]))?"
)
SHIFTED = frozenset("RETQWOP")


def keys_of(text: str) -> str:
    """Return the keys that type a text: Hangul by its strokes, everything else as it is."""
    return "".join(_keys(letter) for letter in unicodedata.normalize("NFC", text))


def _keys(letter: str) -> str:
    code = ord(letter)
    if FIRST <= code <= LAST:
        lead, rest = divmod(code - FIRST, len(VOWELS) * len(TAILS))
        vowel, tail = divmod(rest, len(TAILS))
        return LEADS[lead] + VOWELS[vowel] + TAILS[tail]
    if FIRST_LONE <= code < FIRST_LONE + len(LONE):
        return LONE[code - FIRST_LONE]
    return letter


def hangul_of(keys: str) -> str:
    """Return the Hangul that Latin keys type; keys that make no syllable stay as they are."""
    plain = "".join(key if key in SHIFTED else key.lower() for key in keys)
    return SYLLABLE.sub(_syllable, plain)


def _syllable(found: re.Match[str]) -> str:
    lead, vowel, tail = found.groups(default="")
    at = (LEADS.index(lead) * len(VOWELS) + VOWELS.index(vowel)) * len(TAILS) + TAILS.index(tail)
    return chr(FIRST + at)


def initials_of(text: str) -> str:
    """Return the first letters of the syllables of a text: ㅈㅊ of 주차."""
    return "".join(
        INITIALS[(ord(letter) - FIRST) // (len(VOWELS) * len(TAILS))]
        for letter in unicodedata.normalize("NFC", text)
        if FIRST <= ord(letter) <= LAST
    )


def as_initials(text: str) -> str:
    """Return a text of lone consonants as initials, pairs that a keyboard joins apart; else ""."""
    by_key = dict(zip(LEADS, INITIALS, strict=True))
    letters = []
    for letter in text:
        if not FIRST_LONE <= ord(letter) < FIRST_LONE + len(LONE) - len(VOWELS):
            return ""
        keys = LONE[ord(letter) - FIRST_LONE]
        letters += [by_key[key] for key in keys]
    return "".join(letters)


def other_layout(text: str) -> str:
    """Return what the same keys type on the other layout, or "" where they make no words."""
    if text.isascii():
        # With the capitals locked, Shift says nothing.
        turned = hangul_of(text.lower() if text.isupper() else text)
        return turned if not re.search(r"[A-Za-z]", turned) and turned != text else ""
    turned = keys_of(text)
    return turned.lower() if turned.isascii() else ""
