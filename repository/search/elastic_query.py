"""A search as the request that Elasticsearch answers."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from repository.search.elastic_mapping import hangul_of
from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    FIELD_WEIGHTS,
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
    fields = list(FIELD_WEIGHTS)
    asked = {word: _holds(word, fields) for word in words if query_tokens(word)}
    return {
        "query": _all(_among(audience)),
        "size": 0,
        "aggs": {"held": {"filters": {"filters": asked or {"": {"match_none": {}}}}}},
    }


def facets_of(answer: Json) -> Facets:
    """Read the facets out of an answer's aggregations."""
    counted = {facet: values for group in answer.values() for facet, values in group[BEST].items()}
    found: Facets = {}
    for trait in TRAIT_FACETS:
        rows = counted[trait]["buckets"]
        found[trait] = _most((row["key"], row["doc_count"]) for row in rows)
    for kind in OFFER_FACETS:
        rows = counted[kind]["fit"]["values"]["buckets"]
        found[kind] = _most((row["key"], row["models"]["doc_count"]) for row in rows)
    for limit in STEPS_OF:
        steps = counted[limit]["fit"]["values"]["buckets"]
        models = {step: row["models"]["doc_count"] for step, row in steps.items()}
        found[limit] = {step: count for step, count in models.items() if count}
    return found


def _most(rows: Any) -> dict[str, int]:
    ranked = sorted(rows, key=lambda row: (-row[1], row[0]))
    return dict(cast("list[tuple[str, int]]", ranked[:MOST_VALUES]))


def _should(wanted: Wanted) -> list[Json]:
    should = [_worth(situation) for situation in wanted.situations]
    if query_tokens(wanted.text):
        any_of = _matches(wanted.text, FIELD_WEIGHTS, "or")
        should += [{"bool": {"must": clause, "boost": WORDS_WEIGHT}} for clause in any_of]
        should.append(_constant(_holds(wanted.text, FIELD_WEIGHTS), ALL_WORDS))
    return should or [{"match_none": {}}]


def _worth(situation: Situation) -> Json:
    """Return the clause that is worth the most of what a model has of a situation, once."""
    queries = [
        _constant({"term": {Trait.TERM: slug}}, CONTEXT_WEIGHT * weight)
        for slug, weight in situation.contexts.items()
    ]
    for fields, share in ((["name", "summary"], HEADLINE_SHARE), (["readme"], TEXT_SHARE)):
        queries += [
            _constant(_holds(name, fields), CONTEXT_WEIGHT * situation.weight * share)
            for name in situation.names
            if query_tokens(name)
        ]
    return {"dis_max": {"queries": queries}}


def _constant(filter_: Json, boost: float) -> Json:
    return {"constant_score": {"filter": filter_, "boost": boost}}


def _holds(text: str, fields: Iterable[str]) -> Json:
    """Return the filter of what holds every word of a text in some of the fields."""
    found = _matches(text, dict.fromkeys(fields, 1.0), "and")
    return found[0] if len(found) == 1 else _all(found)


def _matches(text: str, fields: Mapping[str, float], operator: str) -> list[Json]:
    """Return a clause for each script that a text is written in."""
    latin, hangul = asked_by_script(text)
    in_fields = [(latin, fields), (hangul, {hangul_of(field): fields[field] for field in fields})]
    return [
        {
            "combined_fields": {
                "query": " ".join(words),
                "fields": [f"{field}^{weight}" for field, weight in weights.items()],
                "operator": operator,
            }
        }
        for words, weights in in_fields
        if words
    ]


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
        within = _within(limit, most)
        if limit == Limit.MEMORY:
            unknown = {"bool": {"must_not": {"exists": {"field": f"offers.{limit}"}}}}
            within = {"bool": {"should": [within, unknown], "minimum_should_match": 1}}
        filters.append(within)
    return filters


def _within(limit: Limit, most: float) -> Json:
    return {"range": {f"offers.{limit}": {"lte": most}}}


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
        values = {"terms": {"field": f"offers.{kind}", "size": MOST_VALUES}}
        counted[kind] = _of_offers(narrowing.without(kind), values)
    for limit, steps in STEPS_OF.items():
        within = {str(step): _within(limit, step) for step in steps}
        counted[limit] = _of_offers(narrowing.without(limit), {"filters": {"filters": within}})
    return counted


def _of_offers(narrowing: Narrowing, counted: Json) -> Json:
    """Count models, not offers, by what is said of the offers that fit."""
    models: Json = {"models": {"reverse_nested": {}}}
    fit = {"filter": _all(_fits_offer(narrowing)), "aggs": {"values": {**counted, "aggs": models}}}
    return {"nested": {"path": "offers"}, "aggs": {"fit": fit}}
