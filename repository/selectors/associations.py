"""Association: which contexts a query names, what is tied to them, and what serves them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
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
from repository.selectors.nearness import SERVED, Associated, expand
from repository.types import ContextKind

INNER, PARTLY = 0.4, 0.7
ENOUGH, BESIDE_NAMED = 0.6, 0.6
HINTED, FAINTEST_HINT, LEAST_OF_BEST = 0.9, 0.2, 0.5
MOST_GUESSED = 4
SURPASS, SURE = 1.3, 0.8
SAID, AT_HOME = 0.25, 0.5
NAMED, BROAD, TO_BE_DONE = 1.0, 0.5, 1.5
BESIDE_TASKS = 0.7
"""Of what is tied to what was asked for, what a model does counts before where it is used."""

FAINTEST_SHARE = 0.1
MOST_KEPT = 500
EVERYWHERE = frozenset({"image", "video", "camera", "audio", "speech", "text", "person"})
"""What half of all models are about says little beside other names; a lidar says much."""

STEP = 0.02
"""How finely contexts are told apart by what they count: each step is one list to look through."""


@dataclass(frozen=True)
class Matched:
    """A context that the query names, the word by which it does, and how much it counts.

    `is_part`: a thing of its own that was asked for, neither guessed, nor everywhere, nor surely
    meant by something that says more.
    """

    context: Context
    word: str
    weight: float
    is_part: bool = False


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
        _matched(known.by_pk[pk], name, exact, _rivalry(pk, place, exact, heard, hinted))
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


def _matched(context: Context, name: str, exact: Collection[int], rivalry: float) -> Matched:
    """Return a context that is named; what is everywhere says little beside others."""
    everywhere = context.slug in EVERYWHERE
    plain = BROAD if everywhere and len(exact) > 1 else NAMED
    is_part = rivalry < SURE and not everywhere
    return Matched(context, name, INNER if rivalry else plain, is_part=is_part)


def _rivalry(
    pk: int,
    place: Place,
    exact: Mapping[int, tuple[Place, str]],
    heard: Heard,
    hinted: Iterable[Matched],
) -> float:
    """Return how sure it is that the words of a name mean another context, which says more."""
    if any(place.within(other) for other, _ in exact.values()):
        return NAMED
    own = set(range(place.start, place.end))
    sure = {**dict.fromkeys(exact, NAMED), **{row.context.pk: row.weight for row in hinted}}
    return max(
        (
            weight
            for rival, weight in sure.items()
            if rival != pk
            and own < heard.by_key.get(rival, {}).keys()
            and heard.coverage(rival) >= SURPASS * heard.coverage(pk)
        ),
        default=0.0,
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
