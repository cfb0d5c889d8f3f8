"""What a person may be about to type: contexts and models, in either language."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from operator import itemgetter

from portal.accounts.models import User
from repository.models import AiModel, Context
from repository.search.backend import search_index
from repository.search.keyboard import as_initials, keys_of, other_layout
from repository.search.types import IndexAway
from repository.search.words import normalize
from repository.selectors.access import audience_of, visible_to
from repository.selectors.lexicon import Name, lexicon
from repository.selectors.spelling import closest, model_words

logger = logging.getLogger(__name__)


class How(StrEnum):
    """By what a suggestion was recognized, the surest first; `half`: the last syllable is open."""

    NAME = "name"
    HALF = "half"
    WORD = "word"
    INITIALS = "initials"
    KEYBOARD = "keyboard"
    SPELLING = "spelling"


RANKS = {how: rank for rank, how in enumerate(How)}


@dataclass(frozen=True)
class Suggestion:
    """`word` is the name that was recognized: of a context one of several, of a model its own."""

    word: str
    how: How
    context: Context | None = None
    ai_model: AiModel | None = None


def suggest(user: User | None, typed: str, *, most: int, contexts_only: bool) -> list[Suggestion]:
    """Return what completes or corrects what was typed, contexts before models."""
    contexts = suggest_contexts(typed, most)
    if contexts_only or len(typed.strip()) < 2:  # noqa: PLR2004
        return contexts
    models = _models(user, typed, most)
    # Both kinds have room for half, and for what the other leaves.
    room = max(most - len(models), most // 2)
    return (contexts[:room] + models)[:most]


def suggest_contexts(typed: str, most: int) -> list[Suggestion]:
    begun = Typed(normalize(typed).replace(" ", ""))
    if not begun.flat:
        return []
    known = lexicon()
    best: dict[int, tuple[int, int, Name]] = {}
    hows = list(How)
    for name in known.names:
        how = begun.recognizes(name)
        if how is None:
            continue
        rank = (RANKS[how], len(name.flat), name)
        if name.context not in best or rank[:2] < best[name.context][:2]:
            best[name.context] = rank
    ranked = sorted(best.values(), key=lambda row: (row[0], row[1], row[2].word))
    if not ranked:
        ranked = [(RANKS[How.SPELLING], 0, name) for name in _misspelled(begun.keys, known.names)]
    unique = {row[2].context: row for row in ranked}
    return [
        Suggestion(name.word, hows[rank], context=known.by_pk[pk])
        for pk, (rank, _, name) in list(unique.items())[:most]
    ]


def _misspelled(keys: str, names: list[Name]) -> Iterator[Name]:
    """Yield the names that begin so but for a slip, which may be a key too few or too many."""
    for length in (len(keys), len(keys) + 1, len(keys) - 1):
        begun = [(name.keys[:length], name) for name in names]
        yield from (name for _, name in closest(keys, begun, itemgetter(0)))


@dataclass(frozen=True)
class Typed:
    """A beginning in all the ways in which it may be meant."""

    flat: str

    @cached_property
    def keys(self) -> str:
        return keys_of(self.flat).lower()

    @cached_property
    def initials(self) -> str:
        return as_initials(self.flat)

    @cached_property
    def is_latin(self) -> bool:
        return self.flat.isascii()

    def recognizes(self, name: Name) -> How | None:
        """Say by what a name is recognized in this beginning of it."""
        if name.flat.startswith(self.flat):
            return How.NAME
        begun = name.keys.startswith(self.keys)
        if begun and self.is_latin != name.flat.isascii():
            return How.KEYBOARD if len(self.flat) > 1 else None
        # Half a syllable is a beginning too: compared by keys, 주ㅊ and 줓 begin 주차.
        if begun and not self.is_latin:
            return How.HALF
        if self.initials and name.initials.startswith(self.initials):
            return How.INITIALS
        return How.WORD if any(word.startswith(self.flat) for word in name.tails) else None


def _models(user: User | None, typed: str, most: int) -> list[Suggestion]:
    begun = "-".join(typed.lower().split())
    other = other_layout(begun)
    tries = [(begun, How.NAME)]
    if not begun.isascii() and other:
        tries.append((other, How.KEYBOARD))
    if begun.isascii():
        tries += [(word, How.SPELLING) for word in closest(begun, model_words(), str)[:1]]
    try:
        for prefix, how in tries:
            ids = search_index().starting(prefix, audience_of(user), most=most)
            rows = visible_to(user).select_related("namespace").in_bulk(ids)
            if rows:
                return [
                    Suggestion(str(rows[pk]), how, ai_model=rows[pk]) for pk in ids if pk in rows
                ]
    except IndexAway as error:
        logger.warning("suggestions without the index: %s", error)
    return []
