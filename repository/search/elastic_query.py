"""A search as the request that Elasticsearch answers."""

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any

from repository.search.elastic_facets import best_counted, counted, grouped_facets_of
from repository.search.elastic_filters import Json, all_of, among, any_of, fits, terms
from repository.search.elastic_mapping import HEADLINE, README, WEIGHED, hangul_of
from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    HEADLINE_SHARE,
    MOST_COUNTED,
    TEXT_SHARE,
    WORDS_WEIGHT,
    Audience,
    Hit,
    Hits,
    Narrowing,
    Situation,
    Sort,
    Trait,
    Wanted,
    by_weight,
)
from repository.search.words import asked_by_script, query_tokens

COUNTED_UP_TO = 10_000
NEAR, LEAST_NAMED = 0.4, 0.3
"""Of a situation's weight: ties that lead to models by themselves; its own, for its names to.

Three models of four have some faint tie to what is asked, and each costs time.
"""

MODEL_ID = "model_id"
ORDERS: dict[Sort, list[Any]] = {
    Sort.RELEVANCE: ["_score", MODEL_ID],
    Sort.UPDATED: [{"updated": "desc"}, MODEL_ID],
    Sort.LATENCY: ["latency_ms", MODEL_ID],
    Sort.SIZE: ["size_bytes", MODEL_ID],
    Sort.NAME: ["sort_name", MODEL_ID],
    Sort.DOWNLOADS: [{"downloads": "desc"}, MODEL_ID],
}


def request_of(wanted: Wanted) -> Json:
    """Return the request; what is narrowed to comes after the facets, which leave out their own."""
    request = {
        "query": _scored(wanted, wanted.situations),
        "post_filter": all_of(fits(wanted.narrowing)),
        "from_": wanted.offset,
        "size": wanted.limit,
        "source": False,
        "stored_fields": "_none_",
        "docvalue_fields": [MODEL_ID],
        "sort": ORDERS[wanted.sort],
        # What is sorted by its score tells it already; to keep the highest of all takes long.
        "track_scores": wanted.sort != Sort.RELEVANCE,
        "track_total_hits": COUNTED_UP_TO,
    }
    if wanted.facets:
        request["aggs"] = best_counted(wanted.narrowing)
    return request


def near_request(wanted: Wanted) -> Json:
    """Return the request for models by what is near alone, the best of them weighed by all.

    The first hits are those that faint ties would not bring up; they only order them. Who finds
    fewer than the server weighs anew has to ask for all of them.
    """
    near = [_near(situation) for situation in wanted.situations]
    weighed = {
        "rescore_query": _scored(wanted, wanted.situations),
        "query_weight": 0,
        "rescore_query_weight": 1,
    }
    request = {**request_of(wanted), "query": _scored(wanted, near)}
    del request["sort"]  # what is weighed anew comes by its score
    return {**request, "rescore": {"window_size": MOST_COUNTED, "query": weighed}}


def hits_of(answer: Json) -> Hits:
    """Read the hits; among equals what was weighed anew has the oldest model first."""
    found = answer["hits"]
    page = [_hit(row) for row in found["hits"]]
    if found["hits"] and "sort" not in found["hits"][0]:
        page.sort(key=lambda hit: (-hit.score, hit.model_id))
    counts = answer.get("aggregations")
    return Hits(page, found["total"]["value"], grouped_facets_of(counts) if counts else {})


def _hit(row: Json) -> Hit:
    (model_id,) = row["fields"][MODEL_ID]
    score = row["sort"][0] if row["_score"] is None else row["_score"]
    return Hit(model_id, float(score))


def counts_apart(wanted: Wanted) -> bool:
    """Say whether facets are better counted by a question of their own, after the best hits.

    To keep the best for counting while all are looked through takes longer than to name them
    again. Where something is narrowed to, facets look at different hits each.
    """
    return bool(
        wanted.facets
        and wanted.text
        and wanted.narrowing == Narrowing()
        and wanted.sort == Sort.RELEVANCE
        and wanted.offset + wanted.limit <= MOST_COUNTED
    )


def best_of(wanted: Wanted) -> Wanted:
    """Return the question for the hits that facets count."""
    return replace(wanted, offset=0, limit=MOST_COUNTED, facets=False)


def counting_request(hits: list[Hit]) -> Json:
    """Return the request for the facets of these models, without what would choose among them."""
    chosen: Json = {"terms": {MODEL_ID: [hit.model_id for hit in hits]}}
    return {"query": all_of([chosen]), "size": 0, "aggs": counted(Narrowing())}


def starting_request(prefix: str, audience: Audience, most: int) -> Json:
    return {
        "query": all_of([{"prefix": {Trait.PART: prefix}}, *among(audience)]),
        "sort": ORDERS[Sort.NAME],
        "size": most,
        "source": False,
    }


def parts_request(most: int) -> Json:
    return {"size": 0, "aggs": {"parts": {"terms": {"field": Trait.PART, "size": most}}}}


def holding_request(words: Collection[str], audience: Audience) -> Json:
    asked = {word: _holds(word, WEIGHED) for word in words if query_tokens(word)}
    return {
        "query": all_of(among(audience)),
        "size": 0,
        "aggs": {"held": {"filters": {"filters": asked or {"": {"match_none": {}}}}}},
    }


def _scored(wanted: Wanted, situations: list[Situation]) -> Json:
    scored = {"should": _should(wanted, situations), "minimum_should_match": 1}
    return {"bool": {**(scored if wanted.text else {}), "filter": among(wanted.audience)}}


def _should(wanted: Wanted, situations: list[Situation]) -> list[Json]:
    should = [_worth(row) for row in situations if row.contexts or row.names]
    if query_tokens(wanted.text):
        should += _any_of(wanted.text)
        should.append(_constant(_holds(wanted.text, WEIGHED), ALL_WORDS))
    return should or [{"match_none": {}}]


def _near(situation: Situation) -> Situation:
    least = NEAR * situation.weight
    contexts = {slug: weight for slug, weight in situation.contexts.items() if weight >= least}
    names = situation.names if situation.weight >= LEAST_NAMED else []
    return replace(situation, contexts=contexts, names=names)


def _worth(situation: Situation) -> Json:
    """Return the clause that is worth the most of what a model has of a situation, once."""
    queries = [
        _constant(terms(Trait.TERM, slugs), CONTEXT_WEIGHT * weight)
        for weight, slugs in by_weight(situation.contexts).items()
    ]
    names = [name for name in situation.names if query_tokens(name)]
    if names:
        worth = CONTEXT_WEIGHT * situation.weight
        queries += [
            _constant(any_of([_holds(name, field) for name in names]), worth * share)
            for field, share in ((HEADLINE, HEADLINE_SHARE), (README, TEXT_SHARE))
        ]
    return {"dis_max": {"queries": queries}}


def _constant(filter_: Json, boost: float) -> Json:
    return {"constant_score": {"filter": filter_, "boost": boost}}


@lru_cache(maxsize=20_000)
def _holds(text: str, field: str) -> Json:
    """Return the filter of what holds every word of a text in a field."""
    latin, hangul = asked_by_script(text)
    # Stems stand in the index as they are; Korean words are cut by the server first.
    held: list[Json] = [{"term": {field: word}} for word in latin]
    if hangul:
        asked = {"query": " ".join(hangul), "operator": "and"}
        held.append({"match": {hangul_of(field): asked}})
    return held[0] if len(held) == 1 else all_of(held)


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
