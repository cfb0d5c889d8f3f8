"""Context search."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.core.errors import invalid_field
from repository.api.contexts import ContextOut
from repository.api.rows import ModelRow
from repository.selectors.search import search_models

LONGEST = 200


class MatchedOut(serializers.Serializer[Any]):
    """`weight` is 1 for what the query names outright, less for what it says in part."""

    context = ContextOut()
    word = serializers.CharField()
    weight = serializers.FloatField()


class AssociatedOut(serializers.Serializer[Any]):
    context = ContextOut()
    weight = serializers.FloatField()
    path = ContextOut(many=True)


class ReasonOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["name", "summary", "context", "related", "readme"])
    text = serializers.CharField(allow_blank=True)
    context = ContextOut(allow_null=True)


class FoundOut(serializers.Serializer[Any]):
    model = ModelRow(source="ai_model")
    score = serializers.FloatField()
    reasons = ReasonOut(many=True)


class SearchOut(serializers.Serializer[Any]):
    query = serializers.CharField()
    matched = MatchedOut(many=True)
    related = AssociatedOut(many=True)
    results = FoundOut(many=True, source="found")
    degraded = serializers.BooleanField(help_text="the index was away: contexts alone were used")


class Search(APIView):
    @extend_schema(parameters=[OpenApiParameter("q", str, required=True)], responses=SearchOut)
    def get(self, request: PersonRequest) -> Response:
        query = request.query_params.get("q", "").strip()
        if not query or len(query) > LONGEST:
            raise invalid_field("q", f"Ask with 1 to {LONGEST} characters.")
        answer = search_models(request.user, query)
        return Response({**SearchOut({**vars(answer), "query": query}).data})
