"""What may be asked of a search, checked before anything is looked up."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from portal.core.errors import invalid_field
from repository.api.rows import ForDevice
from repository.search.types import FOLDED, Limit, Narrowing, OfferTrait, Sort, Trait
from repository.selectors.search import Question
from repository.types import ArtifactFormat, Precision

LONGEST = 200
DEEPEST = 10_000
MEGABYTE = 1_000_000
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
"""What nobody sees in a pasted word: soft hyphens, joiners, marks of direction and of order."""


def clean_query(text: str) -> str:
    """Return what was typed as it is seen; refuse what is too long to be a query."""
    cleaned = CONTROL.sub(" ", UNSEEN.sub("", text)).strip()
    if len(cleaned) > LONGEST:
        raise invalid_field("q", f"Question with at most {LONGEST} characters.", "query_too_long")
    return cleaned


class Slugs(serializers.ListField):
    """Some values of one filter, each a slug or a name of a few letters."""

    def __init__(self) -> None:
        child = serializers.RegexField(r"^[^\x00-\x1f\x7f]{1,120}$")
        super().__init__(child=child, required=False, max_length=20)


def _folded(trait: Trait, values: list[str]) -> Iterable[str]:
    return dict.fromkeys(name.lower() for name in values) if trait in FOLDED else values


class NarrowingQuery(serializers.Serializer[Any]):
    """Filters; the values of one are alternatives, but a model has to have every context."""

    service_type = Slugs()
    context = Slugs()
    task = Slugs()
    license = Slugs()
    language = Slugs()
    dataset = Slugs()
    base_model = Slugs()
    owner = Slugs()
    format = serializers.MultipleChoiceField(choices=ArtifactFormat.choices, required=False)
    precision = serializers.MultipleChoiceField(choices=Precision.choices, required=False)
    device = Slugs()
    max_latency_ms = serializers.FloatField(min_value=0, required=False)
    max_size_mb = serializers.FloatField(min_value=0, max_value=1e9, required=False)

    def narrowing(self, given: Mapping[str, Any]) -> Narrowing:
        limits = {}
        if "max_latency_ms" in given:
            limits[Limit.LATENCY] = given["max_latency_ms"]
        if "max_size_mb" in given:
            limits[Limit.SIZE] = int(given["max_size_mb"] * MEGABYTE)
        return Narrowing(
            {
                trait: tuple(_folded(trait, given[trait]))
                for trait in Trait
                if trait in self.fields and given.get(trait)
            },
            {kind: tuple(sorted(given[kind])) for kind in OfferTrait if given.get(kind)},
            limits,
        )


class SearchQuery(NarrowingQuery):
    q = serializers.CharField(required=False, allow_blank=True, default="")
    sort = serializers.ChoiceField([str(sort) for sort in Sort], default=str(Sort.RELEVANCE))
    cursor = serializers.RegexField(
        r"^\d{1,5}$",
        required=False,
        default="0",
        error_messages={"invalid": "Take `next` of the page before as it is."},
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    facets = serializers.BooleanField(default=True)
    for_device = ForDevice()
    exact = serializers.BooleanField(
        default=False, help_text="search for these letters, even where nobody knows them"
    )

    def ask(self, given: Mapping[str, Any]) -> Question:
        """Return what is asked; refuse a page deeper than anybody reads."""
        offset = int(given["cursor"])
        if offset + given["limit"] > DEEPEST:
            raise invalid_field(
                "cursor", f"Pages end at {DEEPEST} models. Narrow the search with filters."
            )
        return Question(
            given["q"],
            self.narrowing(given),
            Sort(given["sort"]),
            offset,
            given["limit"],
            given["facets"],
            given["exact"],
            tuple(given["for_device"]),
        )


def asked(request: Request, kind: type[SearchQuery] = SearchQuery) -> Question:
    """Read a search from the address; refuse a filter that there is not."""
    given = request.query_params.copy()
    given["q"] = clean_query(given.get("q", ""))
    query = _reader(kind)
    unknown = sorted(set(request.query_params) - set(query.fields))
    if unknown:
        raise invalid_field(
            unknown[0][:40],
            f"There is no such filter. Known are: {', '.join(query.fields)}.",
            "unknown_filter",
        )
    return query.ask(query.run_validation(given))


@cache
def _reader(kind: type[SearchQuery]) -> SearchQuery:
    """Return one for all requests: it keeps nothing of what it reads, and its fields are many."""
    return kind()
