"""A search as the request that Elasticsearch answers."""

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any, cast

from repository.search.elastic_mapping import (
    HEADLINE,
    README,
    WEIGHED,
    hangul_of,
    least,
    offered,
)
from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    HEADLINE_SHARE,
    MOST_COUNTED,
    MOST_VALUES,
    OFFER_FACETS,
    STEPS_OF,
    TEXT_SHARE,
    TRAIT_FACETS,
    WORDS_WEIGHT,
    Audience,
    Facet,
    Facets,
    Limit,
    Narrowing,
    Situation,
    Sort,
    Trait,
    Wanted,
    by_weight,
)
from repository.search.words import asked_by_script, query_tokens

Json = dict[str, Any]
COUNTED_UP_TO = 10_000
BEST = "best"
AMONG_THE_BEST = {"sampler": {"shard_size": MOST_COUNTED}}
ORDERS: dict[Sort, list[Any]] = {
    Sort.RELEVANCE: ["_score", "model_id"],
    Sort.UPDATED: [{"updated": "desc"}, "model_id"],
    Sort.LATENCY: ["latency_ms", "model_id"],
    Sort.SIZE: ["size_bytes", "model_id"],
    Sort.NAME: ["sort_name", "model_id"],
    Sort.DOWNLOADS: [{"downloads": "desc"}, "model_id"],
}


def request_of(wanted: Wanted) -> Json:
    """Return the request; what is narrowed to comes after the facets, which leave out their own."""
    scored = {"should": _should(wanted), "minimum_should_match": 1} if wanted.text else {}
    request = {
        "query": {"bool": {**scored, "filter": _among(wanted.audience)}},
        "post_filter": _all(_fits(wanted.narrowing)),
        "sort": ORDERS[wanted.sort],
        "from_": wanted.offset,
        "size": wanted.limit,
        "source": False,
        "track_scores": True,
        "track_total_hits": COUNTED_UP_TO,
    }
    if wanted.facets:
        request["aggs"] = _facets(wanted.narrowing)
    return request


def counts_apart(wanted: Wanted) -> bool:
    """Say whether facets are better counted by a question of their own, after the best hits.

    What counts hits has to see each of them, by one thread; without it the server looks through
    several segments at once. Where something is narrowed to, facets look at different hits each.
    """
    return bool(
        wanted.facets
        and wanted.text
        and wanted.narrowing == Narrowing()
        and wanted.sort == Sort.RELEVANCE
        and wanted.offset + wanted.limit <= MOST_COUNTED
    )


def best_request(wanted: Wanted) -> Json:
    """Return the request for the hits that facets count; their ids come as what they sort by."""
    best = replace(wanted, offset=0, limit=MOST_COUNTED, facets=False)
    return {**request_of(best), "stored_fields": "_none_"}


def counting_request(model_ids: list[int]) -> Json:
    """Return the request for the facets of these models, without what would choose among them."""
    among: Json = {"terms": {"model_id": model_ids}}
    return {"query": _all([among]), "size": 0, "aggs": _counted(Narrowing())}


def starting_request(prefix: str, audience: Audience, most: int) -> Json:
    return {
        "query": _all([{"prefix": {Trait.PART: prefix}}, *_among(audience)]),
        "sort": ORDERS[Sort.NAME],
        "size": most,
        "source": False,
    }


def parts_request(most: int) -> Json:
    return {"size": 0, "aggs": {"parts": {"terms": {"field": Trait.PART, "size": most}}}}


def holding_request(words: Collection[str], audience: Audience) -> Json:
    asked = {word: _holds(word, WEIGHED) for word in words if query_tokens(word)}
    return {
        "query": _all(_among(audience)),
        "size": 0,
        "aggs": {"held": {"filters": {"filters": asked or {"": {"match_none": {}}}}}},
    }


def grouped_facets_of(answer: Json) -> Facets:
    """Read the facets out of the aggregations of a request for hits and facets."""
    return facets_of(
        {facet: values for group in answer.values() for facet, values in group[BEST].items()}
    )


def facets_of(counted: Json) -> Facets:
    """Read the facets out of aggregations."""
    found: Facets = {}
    for trait in TRAIT_FACETS:
        rows = counted[trait]["buckets"]
        found[trait] = _most((row["key"], row["doc_count"]) for row in rows)
    for kind in OFFER_FACETS:
        rows = _of_models(counted[kind])["buckets"]
        found[kind] = _most((row["key"], _models(row)) for row in rows)
    for limit in STEPS_OF:
        steps = _of_models(counted[limit])["buckets"]
        models = {step: _models(row) for step, row in steps.items()}
        found[limit] = {step: count for step, count in models.items() if count}
    return found


def _of_models(counted: Json) -> Json:
    """Return the values of a facet of offers, whether each offer was looked at or none."""
    return cast("Json", counted["fit"]["values"] if "fit" in counted else counted)


def _models(row: Json) -> int:
    return int(row.get("models", row)["doc_count"])


def _most(rows: Any) -> dict[str, int]:
    ranked = sorted(rows, key=lambda row: (-row[1], row[0]))
    return dict(cast("list[tuple[str, int]]", ranked[:MOST_VALUES]))


def _should(wanted: Wanted) -> list[Json]:
    should = [_worth(situation) for situation in wanted.situations]
    if query_tokens(wanted.text):
        should += _any_of(wanted.text)
        should.append(_constant(_holds(wanted.text, WEIGHED), ALL_WORDS))
    return should or [{"match_none": {}}]


def _worth(situation: Situation) -> Json:
    """Return the clause that is worth the most of what a model has of a situation, once."""
    queries = [
        _constant(_terms(Trait.TERM, slugs), CONTEXT_WEIGHT * weight)
        for weight, slugs in by_weight(situation.contexts).items()
    ]
    names = [name for name in situation.names if query_tokens(name)]
    if names:
        worth = CONTEXT_WEIGHT * situation.weight
        queries += [
            _constant(_any([_holds(name, field) for name in names]), worth * share)
            for field, share in ((HEADLINE, HEADLINE_SHARE), (README, TEXT_SHARE))
        ]
    return {"dis_max": {"queries": queries}}


def _constant(filter_: Json, boost: float) -> Json:
    return {"constant_score": {"filter": filter_, "boost": boost}}


def _holds(text: str, field: str) -> Json:
    """Return the filter of what holds every word of a text in a field."""
    latin, hangul = asked_by_script(text)
    # Stems stand in the index as they are; Korean words are cut by the server first.
    held: list[Json] = [{"term": {field: word}} for word in latin]
    if hangul:
        asked = {"query": " ".join(hangul), "operator": "and"}
        held.append({"match": {hangul_of(field): asked}})
    return held[0] if len(held) == 1 else _all(held)


def _any_of(text: str) -> list[Json]:
    """Return the clauses that BM25 weighs."""
    latin, hangul = asked_by_script(text)
    asked: list[Json] = [
        {"term": {WEIGHED: {"value": word, "boost": WORDS_WEIGHT}}} for word in latin
    ]
    if hangul:
        weighed = {"query": " ".join(hangul), "boost": WORDS_WEIGHT}
        asked.append({"match": {hangul_of(WEIGHED): weighed}})
    return asked


def _any(filters: list[Json]) -> Json:
    return {"bool": {"should": filters}} if len(filters) > 1 else filters[0]


def _terms(field: str, values: tuple[str, ...]) -> Json:
    return {"terms": {str(field): list(values)}}


def _among(audience: Audience) -> list[Json]:
    return [] if audience is None else [_terms(Trait.AUDIENCE, audience)]


def _all(filters: list[Json]) -> Json:
    return {"bool": {"filter": filters}}


def _fits(narrowing: Narrowing) -> list[Json]:
    offers = _fits_offer(narrowing)
    nested = [{"nested": {"path": "offers", "query": _all(offers)}}] if offers else []
    return [*_fits_traits(narrowing), *nested]


def _fits_traits(narrowing: Narrowing) -> list[Json]:
    filters: list[Json] = []
    for trait, values in narrowing.traits.items():
        # A model has to have all contexts that were chosen, and any of another trait's values.
        sets = [(slug,) for slug in values] if trait == Trait.CONTEXT else [values]
        filters += [_terms(trait, alternatives) for alternatives in sets]
    return filters


def _fits_offer(narrowing: Narrowing) -> list[Json]:
    filters = [_terms(f"offers.{kind}", values) for kind, values in narrowing.offers.items()]
    for limit, most in narrowing.limits.items():
        within = _within(f"offers.{limit}", most)
        if limit == Limit.MEMORY:
            unknown = {"bool": {"must_not": {"exists": {"field": f"offers.{limit}"}}}}
            within = {"bool": {"should": [within, unknown], "minimum_should_match": 1}}
        filters.append(within)
    return filters


def _facets(narrowing: Narrowing) -> Json:
    """Count each facet among the best hits that fit all other choices.

    Facets of which nothing is chosen look at the same hits, so these are gathered once.
    """
    groups: dict[str, tuple[Narrowing, Json]] = {"unchosen": (narrowing, {})}
    for facet, counted in _counted(narrowing).items():
        others = narrowing.without(facet)
        name = "unchosen" if others == narrowing else facet
        groups.setdefault(name, (others, {}))[1][facet] = counted
    return {
        name: {"filter": _all(_fits(others)), "aggs": {BEST: {**AMONG_THE_BEST, "aggs": counted}}}
        for name, (others, counted) in groups.items()
    }


def _counted(narrowing: Narrowing) -> dict[Facet, Json]:
    counted: dict[Facet, Json] = {}
    for trait in TRAIT_FACETS:
        counted[trait] = {"terms": {"field": trait, "size": MOST_VALUES}}
    for kind in OFFER_FACETS:
        others = _fits_offer(narrowing.without(kind))
        field = f"offers.{kind}" if others else offered(kind)
        values: Json = {"terms": {"field": field, "size": MOST_VALUES}}
        counted[kind] = _of_offers(others, values) if others else values
    for limit, steps in STEPS_OF.items():
        others = _fits_offer(narrowing.without(limit))
        field = f"offers.{limit}" if others else least(limit)
        # Filters would look through every model of the index; ranges see the hits alone.
        ranges = [{"key": str(step), "to": math.nextafter(step, math.inf)} for step in steps]
        values = {"range": {"field": field, "ranges": ranges, "keyed": True}}
        counted[limit] = _of_offers(others, values) if others else values
    return counted


def _of_offers(others: list[Json], counted: Json) -> Json:
    """Count models, not offers, by what is said of the offers that all other choices fit.

    Without other choices, what the offers of a model say together is enough, and much quicker.
    """
    models: Json = {"models": {"reverse_nested": {}}}
    fit = {"filter": _all(others), "aggs": {"values": {**counted, "aggs": models}}}
    return {"nested": {"path": "offers"}, "aggs": {"fit": fit}}


def _within(field: str, most: float) -> Json:
    return {"range": {field: {"lte": most}}}
