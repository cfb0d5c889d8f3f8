"""How Elasticsearch counts facets, and what is read out of its counts."""

import math
from typing import Any, cast

from repository.search.elastic_filters import Json, all_of, fits, fits_offer
from repository.search.elastic_mapping import least, offered
from repository.search.types import (
    MOST_COUNTED,
    MOST_VALUES,
    OFFER_FACETS,
    STEPS_OF,
    TRAIT_FACETS,
    Facet,
    Facets,
    Narrowing,
)

BEST = "best"
AMONG_THE_BEST = {"sampler": {"shard_size": MOST_COUNTED}}


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


def best_counted(narrowing: Narrowing) -> Json:
    """Count each facet among the best hits that fit all other choices.

    Facets of which nothing is chosen look at the same hits, so these are gathered once.
    """
    groups: dict[str, tuple[Narrowing, Json]] = {"unchosen": (narrowing, {})}
    for facet, values in counted(narrowing).items():
        others = narrowing.without(facet)
        name = "unchosen" if others == narrowing else facet
        groups.setdefault(name, (others, {}))[1][facet] = values
    return {
        name: {"filter": all_of(fits(others)), "aggs": {BEST: {**AMONG_THE_BEST, "aggs": counted}}}
        for name, (others, counted) in groups.items()
    }


def counted(narrowing: Narrowing) -> dict[Facet, Json]:
    """Return the aggregation of each facet."""
    found: dict[Facet, Json] = {}
    for trait in TRAIT_FACETS:
        found[trait] = {"terms": {"field": trait, "size": MOST_VALUES}}
    for kind in OFFER_FACETS:
        others = fits_offer(narrowing.without(kind))
        field = f"offers.{kind}" if others else offered(kind)
        values: Json = {"terms": {"field": field, "size": MOST_VALUES}}
        found[kind] = _of_offers(others, values) if others else values
    for limit, steps in STEPS_OF.items():
        others = fits_offer(narrowing.without(limit))
        field = f"offers.{limit}" if others else least(limit)
        # Filters would look through every model of the index; ranges see the hits alone.
        ranges = [{"key": str(step), "to": math.nextafter(step, math.inf)} for step in steps]
        values = {"range": {"field": field, "ranges": ranges, "keyed": True}}
        found[limit] = _of_offers(others, values) if others else values
    return found


def _of_offers(others: list[Json], counted: Json) -> Json:
    """Count models, not offers, by what is said of the offers that all other choices fit.

    Without other choices, what the offers of a model say together is enough, and much quicker.
    """
    models: Json = {"models": {"reverse_nested": {}}}
    fit = {"filter": all_of(others), "aggs": {"values": {**counted, "aggs": models}}}
    return {"nested": {"path": "offers"}, "aggs": {"fit": fit}}
