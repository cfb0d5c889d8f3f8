"""The vocabulary as it is read on every search: kept in this process until it changes."""

import threading
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Case, QuerySet, When

from repository.models import Context, ContextRelation, ServiceType, VocabularyState
from repository.search.cues import Cues
from repository.search.keyboard import initials_of, keys_of
from repository.search.matching import Overlap, key_of
from repository.search.words import WORD, normalize
from repository.types import RelationOrigin


@dataclass(frozen=True)
class Tie:
    """The tie that counts between two contexts, and where it comes from."""

    target: int
    weight: float
    origin: str


@dataclass(frozen=True)
class Name:
    """One name of a context as people begin to type it: without spaces, by keys, by initials."""

    context: int
    word: str
    flat: str
    tails: tuple[str, ...]
    keys: str
    initials: str


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All contexts in the order of their ids, and what is asked of them together."""

    contexts: list[Context]
    ties: dict[int, list[Tie]] = field(default_factory=dict)
    types: list[ServiceType] = field(default_factory=list)

    @cached_property
    def by_pk(self) -> dict[int, Context]:
        return {context.pk: context for context in self.contexts}

    @cached_property
    def by_slug(self) -> dict[str, Context]:
        return {context.slug: context for context in self.contexts}

    @cached_property
    def services(self) -> dict[int, str]:
        """The service type that goes by a name of a curated context, by context."""
        return {
            context: row.slug
            for row in self.types
            for word in (row.slug, row.name_en)
            for context in self.named.get(key_of(word), ())
        }

    @cached_property
    def spelled(self) -> dict[str, Context]:
        """Every context by each of its names as written: a name of its own before an alias."""
        found: dict[str, Context] = {}
        for context in self.contexts:
            for word in (context.slug, context.label_en, context.label_ko):
                found.setdefault(normalize(word), context)
        for context in sorted(self.contexts, key=lambda row: row.is_proposal):
            for alias in context.aliases:
                found.setdefault(normalize(alias), context)
        return found

    @cached_property
    def named(self) -> dict[str, set[int]]:
        """The curated contexts by every name, as names are compared."""
        found: dict[str, set[int]] = {}
        for context in self.contexts:
            if not context.is_proposal:
                for word in words_of(context):
                    found.setdefault(key_of(word), set()).add(context.pk)
        return found

    @cached_property
    def names(self) -> list[Name]:
        """Every name of the curated contexts."""
        return [
            _name(context, word)
            for context in self.contexts
            if not context.is_proposal
            for word in words_of(context)
        ]

    @cached_property
    def words(self) -> list[str]:
        """Every word that stands in a name, as it is written there."""
        return sorted({word for name in self.names for word in WORD.findall(normalize(name.word))})

    @cached_property
    def by_key(self) -> dict[str, list[tuple[int, str]]]:
        """The contexts and their names by how names are compared, proposals among them."""
        found: dict[str, list[tuple[int, str]]] = {}
        for context in self.contexts:
            for word in words_of(context):
                found.setdefault(key_of(word), []).append((context.pk, word))
        return found

    @cached_property
    def cues(self) -> Cues:
        return Cues(
            {context.pk: words_of(context) for context in self.contexts},
            {context.pk: context.hints for context in self.contexts},
        )

    @cached_property
    def overlap(self) -> Overlap:
        return Overlap(word for context in self.contexts for word in words_of(context))


def words_of(context: Context) -> list[str]:
    """Return every word by which a context is known, its own name first."""
    return [
        word
        for word in (context.label_en, context.label_ko, *context.aliases, context.slug)
        if word
    ]


def strongest_first(ties: QuerySet[ContextRelation]) -> QuerySet[ContextRelation]:
    """Order ties by what counts: what people set, then what was learned, the closer first."""
    learned = Case(When(origin=RelationOrigin.CURATED, then=0), default=1)
    return ties.order_by(learned, "-weight", "id")


def _name(context: Context, word: str) -> Name:
    parts = normalize(word).split()
    flat = "".join(parts)
    tails = tuple("".join(parts[at:]) for at in range(1, len(parts)))
    return Name(context.pk, word, flat, tails, keys_of(flat).lower(), initials_of(flat))


_lock = threading.Lock()
_kept: dict[str, Lexicon] = {}


def lexicon() -> Lexicon:
    """Return the vocabulary as the database has it now; read anew only after a change."""
    token = VocabularyState.objects.values_list("token", flat=True).filter(pk=1).first()
    if token is None:
        return _read()
    with _lock:
        if token not in _kept:
            found = _read()
            _kept.clear()
            _kept[token] = found
        return _kept[token]


def _read() -> Lexicon:
    valid: dict[tuple[int, int], Tie] = {}
    for tie in strongest_first(ContextRelation.objects.all()):
        valid.setdefault((tie.source_id, tie.target_id), Tie(tie.target_id, tie.weight, tie.origin))
    ties: dict[int, list[Tie]] = {}
    for (source, _), tied in valid.items():
        ties.setdefault(source, []).append(tied)
    return Lexicon(list(Context.objects.order_by("id")), ties, list(ServiceType.objects.all()))
