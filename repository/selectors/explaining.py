"""Which parts of a query a model meets, and where its texts say so."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from repository.models import AiModel, Context
from repository.search.matching import key_of, places_of, stems_of
from repository.search.words import FUNCTION_WORDS, HANGUL, WORD, stem
from repository.selectors.associations import Reading
from repository.selectors.catalog import artifacts_in
from repository.selectors.lexicon import Lexicon, words_of

CLOSE = 0.3
"""What is fainter explains why a model was found, but is nothing near to what was asked for."""

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


class Parts:
    """The parts of a query that are named, of several; one alone is what every result has.

    What a word only makes one think of is no part: of several guesses one may be meant.
    """

    def __init__(self, reading: Reading, known: Lexicon) -> None:
        asked = [match.context for match in reading.matched if match.is_part]
        self._asked = asked if len(asked) > 1 else []
        self._known = known
        self._keys = {c.pk: [key_of(name) for name in words_of(c)] for c in self._asked}
        self._near = {
            c.pk: {near.context.pk for near in reading.near.get(c.pk, []) if near.weight >= CLOSE}
            for c in self._asked
        }

    def met_by(self, row: AiModel, own: set[int]) -> list[Part]:
        if not self._asked:
            return []
        said = places_of(f"{row.name} {row.summary}")
        has = own | self._of_files(row)
        return [Part(context, self._met(context.pk, has, said)) for context in self._asked]

    def _of_files(self, row: AiModel) -> set[int]:
        """Return the contexts that the precisions of a model's files go by, and broader ones."""
        found: set[int] = set()
        for precision in {artifact.precision for artifact in artifacts_in(row)}:
            bits, _, _ = precision.partition("_")
            for pk in self._known.named.get(key_of(bits), ()):
                context: Context | None = self._known.by_pk[pk]
                while context and context.pk not in found:
                    found.add(context.pk)
                    context = self._known.by_pk.get(context.broader_id or 0)
        return found

    def _met(self, context: int, has: set[int], said: Collection[str]) -> Met:
        if context in has or any(key in said for key in self._keys[context]):
            return Met.YES
        return Met.NO if has.isdisjoint(self._near[context]) else Met.NEAR


class Marks:
    """Where words of a query stand in a text."""

    def __init__(self, query: str) -> None:
        self._asked = set(stems_of(query)) - FUNCTION_WORDS
        self._korean = [word for word in self._asked if HANGUL.fullmatch(word) and len(word) > 1]

    def of(self, text: str) -> list[tuple[int, int]]:
        """Return pairs of positions."""
        found = []
        for word in WORD.finditer(text.lower()):
            if stem(word[0]) in self._asked:
                found.append(word.span())
            elif (family := FAMILY.match(word[0])) and stem(family[1]) in self._asked:
                found.append((word.start(), word.start() + family.end(1)))
            found += [
                (at := word.start() + word[0].index(part), at + len(part))
                for part in self._korean
                if part in word[0] and part != word[0]
            ]
        return sorted(set(found))
