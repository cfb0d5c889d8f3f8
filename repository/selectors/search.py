"""Context search: from a keyword to the models that serve the situation, and why."""

import logging
from dataclasses import dataclass, field, replace

from portal.accounts.models import User
from portal.core.background import pending
from repository.models import AiModel
from repository.search.backend import search_index
from repository.search.types import (
    MOST_COUNTED,
    Facets,
    Hits,
    IndexAway,
    Narrowing,
    Sort,
    Trait,
    Wanted,
    service_term,
)
from repository.selectors.access import audience_of
from repository.selectors.associations import Matched, Reading, read_query
from repository.selectors.by_contexts import find_by_contexts
from repository.selectors.contexts import known_to, present_slugs, serving
from repository.selectors.explaining import Marks, Part, Parts
from repository.selectors.facets import Labels, labels_of
from repository.selectors.lexicon import Lexicon, lexicon
from repository.selectors.nearness import Associated
from repository.selectors.reasons import Reason, Reasons
from repository.selectors.results import read_results
from repository.selectors.spelling import correct_query
from repository.types import Task

logger = logging.getLogger(__name__)
MOST_RELATED = 12
MANY_NEW = 10
"""So many models that the index has not taken in yet may be what an answer misses."""


@dataclass(frozen=True)
class Question:
    """What a caller asks for; without words, everything that fits.

    `devices` narrows nothing: rows show the figures of these, the first that has any.
    """

    query: str = ""
    narrowing: Narrowing = field(default_factory=Narrowing)
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 50
    facets: bool = False
    exact: bool = False
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    ai_model: AiModel
    score: float
    reasons: list[Reason]
    parts: list[Part]
    marks: dict[str, list[tuple[int, int]]]


@dataclass(frozen=True)
class Answer:
    """`degraded`: the index was away or behind: contexts alone were looked at, nothing was counted.

    `sort` is the order of what was found: while degraded not always the one that was asked for.

    `labels` are what people call the values of the facets; `corrected` is what was searched for
    instead, where the words are known to nobody.
    """

    matched: list[Matched]
    related: list[Associated]
    found: list[Found]
    total: int
    facets: Facets
    labels: Labels
    degraded: bool
    sort: Sort
    corrected: str = ""


def search_models(user: User | None, ask: Question) -> Answer:
    """Find models by words and by context, the literal first, the related after.

    The index answers with ids only; what the caller may see is decided again from the database.
    """
    known = lexicon()
    corrected = "" if ask.exact else correct_query(user, ask.query, known)
    query = corrected or ask.query
    reading = _known_part(user, read_query(query, known))
    wanted = Wanted(
        query,
        reading.situations,
        _at_present(ask.narrowing),
        audience_of(user),
        ask.sort if query or ask.sort != Sort.RELEVANCE else Sort.UPDATED,
        ask.offset,
        ask.limit,
        ask.facets,
    )
    hits, degraded = _ask(user, wanted, known)
    rows = read_results(user, [hit.model_id for hit in hits.page], known)
    return Answer(
        reading.matched,
        reading.related[:MOST_RELATED],
        _explain(hits, rows, query, reading, known),
        hits.total,
        hits.facets,
        labels_of(hits.facets, known),
        degraded,
        hits.sort or wanted.sort,
        corrected,
    )


def _ask(user: User | None, wanted: Wanted, known: Lexicon) -> tuple[Hits, bool]:
    """Ask the index, or the database where the index is away or has yet to take in what is new."""
    try:
        hits = search_index().search(wanted)
    except IndexAway as error:
        logger.warning("search without its index: %s", error)
        return find_by_contexts(user, wanted, known), True
    new = pending(Task.INDEX_MODEL, most=MANY_NEW) if hits.total < MOST_COUNTED else 0
    many = new == MANY_NEW
    if not many and (hits.total or not new):
        return hits, False
    instead = find_by_contexts(user, wanted, known)
    more = instead.total > hits.total
    return (instead if more else hits), many or more


def _known_part(user: User | None, reading: Reading) -> Reading:
    """Leave out of a reading what others typed for models that the person may not see."""
    told = [
        *(row.context for row in reading.matched),
        *(c for r in reading.related for c in r.path),
    ]
    proposed = {context.pk for context in told if context.is_proposal}
    if not proposed:
        return reading
    known = set(known_to(user).filter(pk__in=proposed).values_list("pk", flat=True))
    hidden = proposed - known
    return replace(
        reading,
        matched=[row for row in reading.matched if row.context.pk not in hidden],
        related=[row for row in reading.related if hidden.isdisjoint(c.pk for c in row.path)],
    )


def _at_present(narrowing: Narrowing) -> Narrowing:
    """Return what hits are narrowed to with contexts by the names they have now."""
    contexts = narrowing.traits.get(Trait.CONTEXT)
    if not contexts:
        return narrowing
    return replace(narrowing, traits={**narrowing.traits, Trait.CONTEXT: present_slugs(contexts)})


def _explain(
    hits: Hits, rows: dict[int, AiModel], query: str, reading: Reading, known: Lexicon
) -> list[Found]:
    served = serving(rows.values(), known)
    reasons, parts, marks = Reasons(query, reading), Parts(reading, known), Marks(query)
    found = []
    for hit in hits.page:
        if row := rows.get(hit.model_id):
            own, filed = served[row.pk], service_term(row.service_type.slug)
            marked = {"name": marks.of(row.name), "summary": marks.of(row.summary)}
            why = reasons.of(row, own, filed)
            found.append(Found(row, hit.score, why, parts.met_by(row, own), marked))
    return found
