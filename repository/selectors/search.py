"""Context search: from a keyword to the models that serve the situation, and why."""

import itertools
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from portal.accounts.models import User
from repository.models import AiModel, Context, ContextRelation, ServiceType
from repository.search.backend import search_index
from repository.search.matching import Overlap, Place, key_of, places_of, stems_of
from repository.search.types import (
    CONTEXT_WEIGHT,
    SERVICE_SHARE,
    Hit,
    IndexAway,
    Situation,
    Wanted,
    service_term,
)
from repository.search.words import query_tokens, tokens
from repository.selectors.catalog import catalog_rows
from repository.selectors.contexts import serving, tied_to, words_of

logger = logging.getLogger(__name__)
DECAY = 0.6
STEPS = 2
INNER, PARTLY = 0.4, 0.7
ENOUGH, BESIDE_NAMED = 0.6, 0.6
MOST_GUESSED = 3
FAINTEST = 0.1
MOST_RELATED = 12
MOST_HITS = 200
MOST_TIED = 5_000


@dataclass(frozen=True)
class Matched:
    """A context that the query names, the word by which it does, and how much it counts."""

    context: Context
    word: str
    weight: float


@dataclass(frozen=True)
class Associated:
    """A context near a matched one: its weight after decay, and the way there."""

    context: Context
    weight: float
    path: list[Context]


@dataclass(frozen=True)
class Reason:
    """Why a model was found: `kind` is name, summary, context, related or readme."""

    kind: str
    text: str
    context: Context | None = None


@dataclass(frozen=True)
class Found:
    ai_model: AiModel
    score: float
    reasons: list[Reason]


@dataclass(frozen=True)
class Answer:
    """`degraded`: the index was away, so contexts alone were looked at."""

    matched: list[Matched]
    related: list[Associated]
    found: list[Found]
    degraded: bool


def search_models(user: User | None, query: str) -> Answer:
    """Find models by words and by context, the literal first, the related after.

    The index answers with ids only; what the caller may see is decided again from the database.
    """
    matched = match_contexts(query)
    near = {match.context.pk: expand(match.context) for match in matched}
    services = _services()
    situations = [_situation(match, near[match.context.pk], services) for match in matched]
    related = _strongest(near.values(), {match.context.pk for match in matched})
    degraded = False
    try:
        hits = search_index().search(Wanted(query, situations), most=MOST_HITS)
    except IndexAway as error:
        logger.warning("search without its index: %s", error)
        hits, degraded = _by_database(situations), True
    scores = {hit.model_id: hit.score for hit in hits}
    rows = {row.pk: row for row in catalog_rows(user).filter(pk__in=scores)}
    served = serving(list(rows.values()))
    found = [
        Found(rows[pk], score, _reasons(rows[pk], served[pk], query, matched, related))
        for pk, score in scores.items()
        if pk in rows
    ]
    return Answer(matched, related[:MOST_RELATED], found, degraded)


def _by_database(situations: list[Situation]) -> list[Hit]:
    """Rank by contexts alone: what can be answered at once while the index is away."""
    scores: dict[int, float] = {}
    for situation in situations:
        tied = AiModel.contexts.through.objects.filter(context__slug__in=situation.contexts)
        best: dict[int, float] = {}
        for pk, slug in tied.values_list("aimodel_id", "context__slug")[:MOST_TIED]:
            best[pk] = max(situation.contexts[slug], best.get(pk, 0.0))
        for pk, weight in best.items():
            scores[pk] = scores.get(pk, 0.0) + CONTEXT_WEIGHT * weight
    ranked = sorted(scores.items(), key=lambda row: (-row[1], row[0]))
    return [Hit(pk, score) for pk, score in ranked[:MOST_HITS]]


def match_contexts(query: str) -> list[Matched]:
    """Return the contexts that a query names by label, alias or slug, the longest name first.

    A name inside a longer one counts less: `text to speech` is hardly about `text`.
    """
    contexts = list(Context.objects.order_by("id"))
    places, asked = places_of(query), stems_of(query)
    overlap = Overlap(word for context in contexts for word in words_of(context))
    exact: list[tuple[Place, Context, str]] = []
    partly: list[Matched] = []
    for context in contexts:
        names = words_of(context)
        named = [(places[key], name) for name in names if (key := key_of(name)) in places]
        if named:
            place, name = max(named, key=lambda row: row[0].end - row[0].start)
            exact.append((place, context, name))
            continue
        name = max(names, key=lambda word: overlap.share(word, asked))
        share = overlap.share(name, asked)
        if share >= ENOUGH:
            partly.append(Matched(context, name, PARTLY * share))
    matched = [
        Matched(context, name, INNER if any(place.within(row[0]) for row in exact) else 1.0)
        for place, context, name in exact
    ]
    # What the query names outright leaves little to guess.
    trust = BESIDE_NAMED if matched else 1.0
    guessed = [
        replace(match, weight=match.weight * trust)
        for match in sorted(partly, key=lambda match: -match.weight)[:MOST_GUESSED]
    ]
    return sorted(
        [*matched, *guessed],
        key=lambda match: (-match.weight, -len(match.word), match.context.slug),
    )


def _services() -> dict[int, str]:
    """Return the term of the service type that goes by a context's name, by context."""
    types = {row.slug: row for row in ServiceType.objects.all()}
    names = {word: row.slug for row in types.values() for word in (row.slug, row.name_en)}
    return {
        context: service_term(names[name])
        for name, contexts in tied_to(names).items()
        for context in contexts
    }


def _situation(match: Matched, near: list[Associated], services: dict[int, str]) -> Situation:
    own = Associated(match.context, 1.0, [match.context])
    weights: dict[str, float] = {}
    for row in (own, *near):
        weight = row.weight * match.weight
        weights[row.context.slug] = weight
        if row.context.pk in services:
            term = services[row.context.pk]
            weights[term] = max(SERVICE_SHARE * weight, weights.get(term, 0.0))
    names = [name for name in words_of(match.context) if len(name) > 1]
    return Situation(weights, names, match.weight)


def expand(context: Context) -> list[Associated]:
    """Walk the ties from a context, each step counting half, and return the closest first."""
    best: dict[int, Associated] = {}
    edge = [Associated(context, 1.0, [context])]
    for _ in range(STEPS):
        by_source: dict[int, list[ContextRelation]] = {}
        ties = ContextRelation.objects.filter(source__in=[near.context.pk for near in edge])
        for tie in ties.select_related("target"):
            by_source.setdefault(tie.source_id, []).append(tie)
        following: list[Associated] = []
        for near in edge:
            for tie in by_source.get(near.context.pk, []):
                weight = near.weight * tie.weight * DECAY
                known = best.get(tie.target_id)
                if tie.target_id == context.pk or weight < FAINTEST:
                    continue
                if known is None or weight > known.weight:
                    step = Associated(tie.target, weight, [*near.path, tie.target])
                    best[tie.target_id] = step
                    following.append(step)
        edge = following
    return sorted(best.values(), key=lambda near: (-near.weight, near.context.slug))


def _strongest(walks: Iterable[list[Associated]], matched: set[int]) -> list[Associated]:
    best: dict[int, Associated] = {}
    for near in itertools.chain.from_iterable(walks):
        known = best.get(near.context.pk)
        if near.context.pk not in matched and (known is None or near.weight > known.weight):
            best[near.context.pk] = near
    return sorted(best.values(), key=lambda near: (-near.weight, near.context.slug))


def _reasons(
    row: AiModel,
    own: set[int],
    query: str,
    matched: list[Matched],
    related: list[Associated],
) -> list[Reason]:
    reasons = [
        Reason("context", match.word, match.context) for match in matched if match.context.pk in own
    ]
    reasons += [
        Reason("related", near.path[0].slug, near.context)
        for near in related
        if near.context.pk in own
    ]
    words = set(query_tokens(query))
    for kind, text in (("name", str(row)), ("summary", row.summary)):
        if words and words <= set(tokens(text)):
            reasons.insert(0, Reason(kind, text))
    return reasons or [Reason("readme", "")]
