"""Models found by contexts and whole names: what can be answered while the index is away.

The work is bounded, for who asks has waited for the index already: models are gathered from the
contexts that count most, and only the best of them are looked at closely.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from operator import itemgetter

from django.db.models import Exists, OuterRef, QuerySet

from portal.accounts.models import User
from repository.models import AiModel
from repository.search.types import (
    CONTEXT_WEIGHT,
    Hit,
    Hits,
    Situation,
    Sort,
    Wanted,
    service_term,
)
from repository.selectors.access import visible_to
from repository.selectors.lexicon import Lexicon
from repository.selectors.narrowing import narrow_rows
from repository.selectors.ordering import in_order, orderly

MOST_TIED, MOST_FOUND = 6_000, 400
"""Ties that are read, and models that are found."""

MOST_WORDS = 20
AT_ONCE = 8
"""Contexts that are asked for together; those that count more are asked for before."""

Tie = tuple[int, str]
"""A model, and the slug of a context of its, or the term of its service type."""


def find_by_contexts(user: User | None, wanted: Wanted, known: Lexicon) -> Hits:
    """Return the models that a person sees by what their contexts are worth; all, if unasked.

    Those whose name is typed come first.

    The total is of those that were looked at, and only they are put in another order.
    """
    seen = narrow_rows(visible_to(user), wanted.narrowing)
    upto = wanted.offset + wanted.limit
    if not wanted.text:
        total = seen.count()
        sort = orderly(wanted.sort, total)
        ids = in_order(seen, sort)[wanted.offset : upto]
        return Hits([Hit(pk, 0.0) for pk in ids], total, sort=sort)
    named = _named(seen, wanted.text)
    found = named | set(_gathered(seen, wanted.situations, known))
    held: defaultdict[int, set[str]] = defaultdict(set)
    for pk, term in _all_ties(found, known):
        held[pk].add(term)
    scores = {pk: sum(_worth(row, held[pk]) for row in wanted.situations) for pk in found}
    ranked = (
        sorted(scores, key=lambda pk: (pk not in named, -scores[pk], pk))
        if wanted.sort == Sort.RELEVANCE
        else list(in_order(AiModel.objects.filter(pk__in=found), wanted.sort))
    )
    page = [Hit(pk, scores[pk]) for pk in ranked[wanted.offset : upto]]
    return Hits(page, len(ranked), sort=wanted.sort)


def _named(seen: QuerySet[AiModel], text: str) -> set[int]:
    """Return the models that go by a word of the text, or by all of them."""
    # PostgreSQL takes no NUL, in a question neither.
    words = text.replace("\0", " ").lower().split()[:MOST_WORDS]
    names = {word.rpartition("/")[2] for word in words} | {"-".join(words), "_".join(words)}
    return set(seen.filter(name__in=names).values_list("pk", flat=True)[:MOST_FOUND])


def _worth(situation: Situation, terms: set[str]) -> float:
    weights = situation.contexts
    return CONTEXT_WEIGHT * max((weights[term] for term in terms & weights.keys()), default=0.0)


def _gathered(
    seen: QuerySet[AiModel], situations: Sequence[Situation], known: Lexicon
) -> list[int]:
    """Return the models that hold the most of what counts most."""
    gains: Counter[str] = Counter()
    for situation in situations:
        gains.update(situation.contexts)
    gained: Counter[int] = Counter()
    left = MOST_TIED
    strongest = [term for term, _ in sorted(gains.items(), key=itemgetter(1), reverse=True)]
    for at in range(0, len(strongest), AT_ONCE):
        ties = list(_ties(seen, strongest[at : at + AT_ONCE], known, left))
        for pk, term in ties:
            gained[pk] += gains[term]
        left -= len(ties)
        if left <= 0:
            break
    ranked = sorted(gained.items(), key=lambda row: (-row[1], row[0]))
    return [pk for pk, _ in ranked[:MOST_FOUND]]


def _ties(
    seen: QuerySet[AiModel], terms: Collection[str], known: Lexicon, most: int
) -> Iterator[Tie]:
    contexts = {known.by_slug[term].pk: term for term in terms if term in known.by_slug}
    held = AiModel.contexts.through.objects.filter(
        Exists(seen.filter(pk=OuterRef("aimodel_id"))), context__in=contexts
    )
    for pk, context in held.values_list("aimodel_id", "context_id")[:most]:
        yield pk, contexts[context]
    types = {row.pk: term for row in known.types if (term := service_term(row.slug)) in terms}
    if types:
        filed = seen.filter(service_type__in=types)
        for pk, kind in filed.values_list("pk", "service_type_id")[:most]:
            yield pk, types[kind]


def _all_ties(models: Collection[int], known: Lexicon) -> Iterator[Tie]:
    ties = AiModel.contexts.through.objects.filter(aimodel__in=models)
    slugs = {pk: context.slug for pk, context in known.by_pk.items()}
    for pk, context in ties.values_list("aimodel_id", "context_id"):
        if context in slugs:
            yield pk, slugs[context]
    types = {row.pk: service_term(row.slug) for row in known.types}
    filed = AiModel.objects.filter(pk__in=models).values_list("pk", "service_type_id")
    yield from ((pk, types[kind]) for pk, kind in filed if kind in types)
