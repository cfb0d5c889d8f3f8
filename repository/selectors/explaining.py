"""Which parts of a query a model meets, and where its texts say so."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from repository.models import AiModel, Context
from repository.search.matching import key_of, places_of, stems_of
from repository.search.words import FUNCTION_WORDS, HANGUL, WORD, stem
from repository.selectors.associations import Reading
from repository.selectors.lexicon import words_of

SURE = 0.7
FAMILY = re.compile(r"([a-z]{2,}?)v?[0-9]")
"""A name before its number: `yolo` of `yolov8`, `resnet` of `resnet50`."""


class Met(StrEnum):
    YES = "yes"
    NEAR = "near"
    NO = "no"


@dataclass(frozen=True)
class Part:
    """One thing that was asked for: whether a model has it, something tied to it, or neither."""

    context: Context
    met: Met


def parts_met(row: AiModel, own: set[int], reading: Reading) -> list[Part]:
    """Return the parts of a query of several; one alone is what every result has."""
    asked = [match.context for match in reading.matched if match.weight >= SURE]
    if len(asked) < 2:  # noqa: PLR2004
        return []
    said = places_of(f"{row.name} {row.summary}")
    near = {
        pk for pk, walks in reading.near.items() if any(walk.context.pk in own for walk in walks)
    }
    return [Part(context, _met(context, own, near, said)) for context in asked]


def _met(context: Context, own: set[int], near: set[int], said: Collection[str]) -> Met:
    if context.pk in own or any(key_of(name) in said for name in words_of(context)):
        return Met.YES
    return Met.NEAR if context.pk in near else Met.NO


def marks(text: str, query: str) -> list[tuple[int, int]]:
    """Return where words of a query stand in a text, as pairs of positions."""
    asked = set(stems_of(query)) - FUNCTION_WORDS
    korean = [word for word in asked if HANGUL.fullmatch(word) and len(word) > 1]
    found = []
    for word in WORD.finditer(text.lower()):
        family = FAMILY.match(word[0])
        if stem(word[0]) in asked:
            found.append(word.span())
        elif family and stem(family[1]) in asked:
            found.append((word.start(), word.start() + family.end(1)))
        found += [
            (at := word.start() + word[0].index(part), at + len(part))
            for part in korean
            if part in word[0] and part != word[0]
        ]
    return sorted(set(found))
