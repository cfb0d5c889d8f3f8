"""What hits are narrowed to, as filters of Elasticsearch."""

from typing import Any

from repository.search.types import Audience, Limit, Narrowing, Trait

Json = dict[str, Any]


def any_of(filters: list[Json]) -> Json:
    return {"bool": {"should": filters}} if len(filters) > 1 else filters[0]


def terms(field: str, values: tuple[str, ...]) -> Json:
    return {"terms": {str(field): list(values)}}


def among(audience: Audience) -> list[Json]:
    return [] if audience is None else [terms(Trait.AUDIENCE, audience)]


def all_of(filters: list[Json]) -> Json:
    return {"bool": {"filter": filters}}


def fits(narrowing: Narrowing) -> list[Json]:
    offers = fits_offer(narrowing)
    nested = [{"nested": {"path": "offers", "query": all_of(offers)}}] if offers else []
    return [*_fits_traits(narrowing), *nested]


def _fits_traits(narrowing: Narrowing) -> list[Json]:
    filters: list[Json] = []
    for trait, values in narrowing.traits.items():
        # A model has to have all contexts that were chosen, and any of another trait's values.
        sets = [(slug,) for slug in values] if trait == Trait.CONTEXT else [values]
        filters += [terms(trait, alternatives) for alternatives in sets]
    return filters


def fits_offer(narrowing: Narrowing) -> list[Json]:
    filters = [terms(f"offers.{kind}", values) for kind, values in narrowing.offers.items()]
    for limit, most in narrowing.limits.items():
        within = _within(f"offers.{limit}", most)
        if limit == Limit.MEMORY:
            unknown = {"bool": {"must_not": {"exists": {"field": f"offers.{limit}"}}}}
            within = {"bool": {"should": [within, unknown], "minimum_should_match": 1}}
        filters.append(within)
    return filters


def _within(field: str, most: float) -> Json:
    return {"range": {field: {"lte": most}}}
