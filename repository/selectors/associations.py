"""Association: which contexts a query names, what is tied to them, and what serves them."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from repository.models import Context, ServiceType
from repository.search.matching import Place, key_of, places_of, stems_of
from repository.search.types import SERVICE_SHARE, Situation, service_term
from repository.selectors.contexts import tied_to
from repository.selectors.lexicon import Lexicon, lexicon, words_of

DECAY = 0.6
STEPS = 2
INNER, PARTLY = 0.4, 0.7
ENOUGH, BESIDE_NAMED = 0.6, 0.6
MOST_GUESSED = 3
FAINTEST = 0.1


@dataclass(frozen=True)
class Matched:
    """A context that the query names, the word by which it does, and how much it counts."""

    context: Context
    word: str
    weight: float


@dataclass(frozen=True)
class Associated:
    """A context near a matched one: its weight after decay, the way there, and whose ties it is.

    `origins` has the origin of the tie that leads to each step of the path after its first.
    """

    context: Context
    weight: float
    path: list[Context]
    origins: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """What a query names, what is near it, closest first, and what the index is asked for."""

    matched: list[Matched]
    related: list[Associated]
    situations: list[Situation]


def read_query(query: str) -> Reading:
    known = lexicon()
    matched = match_contexts(query, known)
    near = {match.context.pk: expand(match.context, known) for match in matched}
    services = _services()
    situations = [_situation(match, near[match.context.pk], services) for match in matched]
    return Reading(
        matched, _strongest(near.values(), {match.context.pk for match in matched}), situations
    )


def match_contexts(query: str, known: Lexicon) -> list[Matched]:
    """Return the contexts that a query names by label, alias or slug, the longest name first.

    A name inside a longer one counts less: `text to speech` is hardly about `text`.
    """
    places, asked = places_of(query), stems_of(query)
    overlap = known.overlap
    exact: list[tuple[Place, Context, str]] = []
    partly: list[Matched] = []
    for context in known.contexts:
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


def expand(context: Context, known: Lexicon) -> list[Associated]:
    """Walk the ties from a context, losing some with each step, and return the closest first."""
    best: dict[int, Associated] = {}
    edge = [Associated(context, 1.0, [context])]
    for _ in range(STEPS):
        following: list[Associated] = []
        for near in edge:
            for tie in known.ties.get(near.context.pk, []):
                weight = near.weight * tie.weight * DECAY
                before = best.get(tie.target)
                if tie.target == context.pk or weight < FAINTEST:
                    continue
                if before is None or weight > before.weight:
                    target = known.by_pk[tie.target]
                    step = Associated(
                        target, weight, [*near.path, target], [*near.origins, tie.origin]
                    )
                    best[tie.target] = step
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
