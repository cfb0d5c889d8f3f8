"""Context search."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.authentication import address_of
from portal.accounts.requests import ReaderRequest
from portal.core.limits import take_search
from repository.api.contexts import ContextOut, shown_context
from repository.api.rows import ModelRow, shown_row
from repository.api.search_query import MEGABYTE, SearchQuery, asked
from repository.search.types import (
    OFFER_FACETS,
    STEPS_OF,
    TRAIT_FACETS,
    Facet,
    Limit,
    Narrowing,
    Sort,
)
from repository.selectors.explaining import Met
from repository.selectors.facets import Labels
from repository.selectors.nearness import Associated
from repository.selectors.reasons import Reason
from repository.selectors.search import Answer, Found, Question, search_models
from repository.services.empty_searches import count_empty_search
from repository.types import RelationOrigin

NAMES: dict[Facet, str] = {Limit.LATENCY: "max_latency_ms", Limit.SIZE: "max_size_mb"}
FACETS: tuple[Facet, ...] = (*TRAIT_FACETS, *OFFER_FACETS, *STEPS_OF)


class MatchedOut(serializers.Serializer[Any]):
    """`weight` is 1 for what the query names outright, less for what it says in part."""

    context = ContextOut()
    word = serializers.CharField()
    weight = serializers.FloatField()


class AssociatedOut(serializers.Serializer[Any]):
    context = ContextOut()
    weight = serializers.FloatField()
    path = serializers.ListField(child=ContextOut())
    origins = serializers.ListField(
        child=serializers.ChoiceField(RelationOrigin.choices), help_text="of each tie on the path"
    )


class ReasonOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        ["name", "summary", "context", "service_type", "related", "readme"]
    )
    text = serializers.CharField(allow_blank=True)
    context = ContextOut(allow_null=True)
    weight = serializers.FloatField()
    origins = serializers.ListField(child=serializers.ChoiceField(RelationOrigin.choices))
    path = serializers.ListField(
        child=ContextOut(), help_text="from the context that `text` names to this one"
    )


class PartOut(serializers.Serializer[Any]):
    """One context of several that were asked for; `near`: the model has one tied to it."""

    context = ContextOut()
    met = serializers.ChoiceField([str(met) for met in Met])


class SpansField(serializers.ListField):
    """Pairs of positions: from, up to."""

    child = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)


class MarksOut(serializers.Serializer[Any]):
    """Where the words of the query stand."""

    name = SpansField()
    summary = SpansField()


class FoundOut(serializers.Serializer[Any]):
    model = ModelRow()
    score = serializers.FloatField()
    reasons = ReasonOut(many=True)
    parts = PartOut(many=True)
    marks = MarksOut()


class FacetValueOut(serializers.Serializer[Any]):
    """`value` is what the filter of the facet's name takes."""

    value = serializers.CharField()
    label_en = serializers.CharField()
    label_ko = serializers.CharField()
    count = serializers.IntegerField()


class FacetOut(serializers.Serializer[Any]):
    name = serializers.ChoiceField([NAMES.get(facet, str(facet)) for facet in FACETS])
    values = FacetValueOut(many=True)


class SearchOut(serializers.Serializer[Any]):
    query = serializers.CharField(allow_blank=True)
    corrected = serializers.CharField(allow_blank=True, help_text="what was searched for instead")
    matched = MatchedOut(many=True)
    related = AssociatedOut(many=True)
    results = FoundOut(many=True)
    total = serializers.IntegerField(help_text="counted up to 10,000")
    facets = FacetOut(many=True, help_text="each counted as if its own filter were not set")
    next = serializers.CharField(allow_null=True, help_text="`cursor` of the page that follows")
    degraded = serializers.BooleanField(
        help_text="the index was away or behind: contexts alone were used"
    )
    sort = serializers.ChoiceField(
        [str(sort) for sort in Sort],
        help_text="the order of `results`; while degraded not always the one asked for",
    )


class Search(APIView):
    open_to_read = True

    @extend_schema(parameters=[SearchQuery], responses=SearchOut)
    def get(self, request: ReaderRequest) -> Response:
        take_search(request.user.pk if request.user else None, address_of(request))
        ask = asked(request)
        answer = search_models(request.user, ask)
        found_any = bool(answer.total) or answer.degraded
        # Strangers write nothing down that others read.
        if request.user and not found_any and ask.narrowing == Narrowing():
            count_empty_search(ask.query)
        return Response(shown(ask, answer))


def shown(ask: Question, answer: Answer) -> dict[str, Any]:
    """Return what `SearchOut` says; a serializer took longer to say it than the search."""
    end = ask.offset + ask.limit
    return {
        "query": ask.query,
        "corrected": answer.corrected,
        "matched": [
            {"context": shown_context(row.context), "word": row.word, "weight": row.weight}
            for row in answer.matched
        ],
        "related": [_associated(row) for row in answer.related],
        "results": [_found(row, ask.devices) for row in answer.found],
        "total": answer.total,
        "facets": _facets(answer),
        "next": str(end) if answer.total > end else None,
        "degraded": answer.degraded,
        "sort": str(answer.sort),
    }


def _associated(row: Associated) -> dict[str, Any]:
    return {
        "context": shown_context(row.context),
        "weight": row.weight,
        "path": [shown_context(context) for context in row.path],
        "origins": row.origins,
    }


def _found(row: Found, devices: tuple[str, ...]) -> dict[str, Any]:
    return {
        "model": shown_row(row.ai_model, devices),
        "score": row.score,
        "reasons": [_reason(reason) for reason in row.reasons],
        "parts": [{"context": shown_context(p.context), "met": str(p.met)} for p in row.parts],
        "marks": row.marks,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "text": reason.text,
        "context": shown_context(reason.context) if reason.context else None,
        "weight": reason.weight,
        "origins": reason.origins,
        "path": [shown_context(context) for context in reason.path],
    }


def _facets(answer: Answer) -> list[dict[str, Any]]:
    counted, labels = answer.facets, answer.labels
    return [
        {"name": NAMES.get(facet, str(facet)), "values": _values(facet, counted[facet], labels)}
        for facet in FACETS
        if facet in counted
    ]


def _values(facet: Facet, counts: dict[str, int], labels: Labels) -> list[dict[str, Any]]:
    rows = []
    for value, count in counts.items():
        shown_as = f"{int(value) / MEGABYTE:g}" if facet == Limit.SIZE else value
        english, korean = labels.get((facet, value), (shown_as, shown_as))
        rows.append({"value": shown_as, "label_en": english, "label_ko": korean, "count": count})
    return rows
