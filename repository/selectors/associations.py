"""Association: which contexts a query names, what is tied to them, and what serves them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from repository.models import Context
from repository.search.cues import Heard
from repository.search.matching import Place, places_of, stems_of
from repository.search.types import (
    FAINT_SHARE,
    SERVICE_SHARE,
    Situation,
    faint_term,
    service_term,
)
from repository.search.words import fewest_words
from repository.selectors.lexicon import Lexicon, words_of
from repository.types import ContextKind

DECAY = 0.6
STEPS = 2
INNER, PARTLY = 0.4, 0.7
ENOUGH, BESIDE_NAMED = 0.6, 0.6
HINTED, FAINTEST_HINT, LEAST_OF_BEST = 0.9, 0.2, 0.5
MOST_GUESSED = 4
SURPASS = 1.3
SAID, AT_HOME = 0.25, 0.5
NAMED, BROAD, TO_BE_DONE = 1.0, 0.5, 1.5
BESIDE_TASKS = 0.7
"""Of what is tied to what was asked for, what a model does counts before where it is used."""

FAINTEST = 0.1
FAINTEST_SHARE = 0.1
MOST_KEPT = 500
EVERYWHERE = frozenset({"image", "video", "camera", "audio", "speech", "text", "person"})
"""What half of all models are about says little beside other names; a lidar says much."""

SERVED = frozenset({ContextKind.OBJECT, ContextKind.PLACE, ContextKind.SITUATION})
"""Fruit and trucks are both found by object detection: that does not make them related."""
STEP = 0.02
"""How finely contexts are told apart by what they count: each step is one list to look through."""


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
    """What a query names, what is near it, closest first, and what the index is asked for.

    `near` has what is near each matched context, by its id; `services` the term of the service type
    that goes by a context's name.
    """

    matched: list[Matched]
    related: list[Associated]
    situations: list[Situation]
    near: dict[int, list[Associated]]
    services: dict[int, str]


_kept: WeakKeyDictionary[Lexicon, dict[str, Reading]] = WeakKeyDictionary()


def read_query(query: str, known: Lexicon) -> Reading:
    """Return what a query says; pages, filters and facets of one search are read once."""
    kept = _kept.setdefault(known, {})
    if query not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[query] = _read(query, known)
    return kept[query]


def _read(query: str, known: Lexicon) -> Reading:
    matched = match_contexts(query, known)
    near = {match.context.pk: expand(match.context, known) for match in matched}
    services = {pk: service_term(slug) for pk, slug in known.services.items()}
    several = sum(match.weight == NAMED for match in matched) > 1
    situations = [
        _situation(match, near[match.context.pk], services, several=several) for match in matched
    ]
    situations += _said_of_task(matched, near)
    related = _strongest(matched, near)
    return Reading(matched, related, situations, near, services)


def match_contexts(query: str, known: Lexicon) -> list[Matched]:
    """Return the contexts that a query names or makes one think of, the surest first.

    A name inside a longer one counts less: `text to speech` is hardly about `text`. So does a name
    where another context explains that word and more of the query. Where a name is all that is
    asked, nothing is guessed.
    """
    heard = known.cues.heard(query)
    exact = _named(query, known)
    whole = any(place.is_all_of(query) for place, _ in exact.values())
    hinted = [] if whole else _hinted(query, heard, exact, known)
    matched = [
        Matched(
            known.by_pk[pk],
            name,
            INNER
            if _inner(pk, place, exact, heard, hinted)
            else _plainness(known.by_pk[pk], exact),
        )
        for pk, (place, name) in exact.items()
    ]
    return sorted(
        [*matched, *hinted],
        key=lambda match: (-match.weight, -len(match.word), match.context.slug),
    )


def _named(query: str, known: Lexicon) -> dict[int, tuple[Place, str]]:
    """Return the contexts that are named outright, each by the longest of its names."""
    found: dict[int, tuple[Place, str]] = {}
    for key, place in places_of(query).items():
        for pk, name in known.by_key.get(key, []):
            before = found.get(pk)
            if before is None or place.end - place.start > before[0].end - before[0].start:
                found[pk] = (place, name)
    return found


def _hinted(query: str, heard: Heard, exact: Collection[int], known: Lexicon) -> list[Matched]:
    """Return the few contexts that are named in part, or that other words point at."""
    asked = stems_of(query)
    trust = BESIDE_NAMED if exact else 1.0
    found: list[Matched] = []
    for pk in heard.by_key:
        if pk in exact:
            continue
        context = known.by_pk[pk]
        names = words_of(context)
        name = max(names, key=lambda word: known.overlap.share(word, asked))
        share = known.overlap.share(name, asked)
        partly = trust * PARTLY * share if share >= ENOUGH else 0.0
        weight = max(partly, HINTED * heard.coverage(pk))
        if weight >= FAINTEST_HINT:
            found.append(Matched(context, name, weight))
    found.sort(key=lambda match: (-match.weight, match.context.slug))
    least = found[0].weight * LEAST_OF_BEST if found else 0.0
    return [match for match in found[:MOST_GUESSED] if match.weight >= least]


def _plainness(context: Context, exact: Collection[int]) -> float:
    """Return what a named context counts: what is everywhere says little beside others."""
    return BROAD if context.slug in EVERYWHERE and len(exact) > 1 else NAMED


def _inner(
    pk: int,
    place: Place,
    exact: Mapping[int, tuple[Place, str]],
    heard: Heard,
    hinted: Iterable[Matched],
) -> bool:
    if any(place.within(other) for other, _ in exact.values()):
        return True
    own = set(range(place.start, place.end))
    rivals = {*exact, *(match.context.pk for match in hinted)} - {pk}
    return any(
        own < heard.by_key.get(rival, {}).keys()
        and heard.coverage(rival) >= SURPASS * heard.coverage(pk)
        for rival in rivals
    )


def _situation(
    match: Matched, near: list[Associated], services: dict[int, str], *, several: bool
) -> Situation:
    """Return what a match asks of the index; what to do, named among others, counts the most."""
    own = Associated(match.context, 1.0, [match.context])
    doing = match.context.kind == ContextKind.TASK and match.weight == NAMED
    worth = TO_BE_DONE if doing and several else match.weight
    weights: dict[str, float] = {}
    for row in (own, *near):
        weight = row.weight * worth
        if weight < FAINTEST_SHARE:
            continue
        does = row.context.kind == ContextKind.TASK
        if does:
            weights[faint_term(row.context.slug)] = _stepped(FAINT_SHARE * weight)
        elif row is not own:
            weight *= BESIDE_TASKS
        weights[row.context.slug] = _stepped(weight)
        if row.context.pk in services:
            term = services[row.context.pk]
            weights[term] = max(_stepped(SERVICE_SHARE * weight), weights.get(term, 0.0))
    return Situation(weights, _names(match.context), worth)


def _names(context: Context) -> list[str]:
    return fewest_words(name for name in words_of(context) if len(name) > 1)


def _said_of_task(matched: list[Matched], near: Mapping[int, list[Associated]]) -> list[Situation]:
    """Ask for the names of the task by which a thing that is asked for is served best.

    Many models list a task among others; those that are made for it name it, and those that are
    also at home where the thing is come before them.
    """
    asked = {match.context.pk for match in matched}
    tasks = [
        (match.weight * row.weight, match, row.context)
        for match in matched
        if match.context.kind in SERVED
        for row in _best_task(near[match.context.pk])
        if row.context.pk not in asked
    ]
    weight, match, task = max(tasks, key=lambda row: row[0], default=(0.0, None, None))
    if match is None or task is None or weight < FAINTEST_HINT:
        return []
    places = {
        row.context.slug: worth
        for row in near[match.context.pk]
        if row.context.kind != ContextKind.TASK
        and (worth := _stepped(AT_HOME * match.weight * row.weight))
    }
    return [Situation(places, _names(task), SAID * weight)]


def _best_task(near: list[Associated]) -> list[Associated]:
    return [row for row in near if row.context.kind == ContextKind.TASK][:1]


def _stepped(weight: float) -> float:
    return round(round(weight / STEP) * STEP, 4)


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
                if _same_tool(context, near.context, known.by_pk[tie.target]):
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


def _same_tool(start: Context, over: Context, target: Context) -> bool:
    """Say whether two things are near by no more than a task that serves both."""
    return over.kind == ContextKind.TASK and {start.kind, target.kind} <= SERVED


def _strongest(matched: list[Matched], near: Mapping[int, list[Associated]]) -> list[Associated]:
    """Return what is near anything that is asked for, by what it counts for the query."""
    asked = {match.context.pk for match in matched}
    best: dict[int, Associated] = {}
    for match in matched:
        for row in near[match.context.pk]:
            weight = match.weight * row.weight
            if weight < FAINTEST_SHARE or row.context.pk in asked:
                continue
            known = best.get(row.context.pk)
            if known is None or weight > known.weight:
                best[row.context.pk] = replace(row, weight=weight)
    return sorted(best.values(), key=lambda row: (-row.weight, row.context.slug))
