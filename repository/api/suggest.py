"""Suggestions while typing."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.authentication import address_of
from portal.accounts.requests import ReaderRequest
from portal.core.limits import take_search
from repository.api.contexts import ContextOut
from repository.api.search_query import clean_query
from repository.selectors.suggest import How, suggest


class SuggestQuery(serializers.Serializer[Any]):
    q = serializers.CharField(allow_blank=True, default="", help_text="what is typed so far")
    scope = serializers.ChoiceField(["all", "contexts"], default="all")
    limit = serializers.IntegerField(min_value=1, max_value=20, default=8)


class SuggestionOut(serializers.Serializer[Any]):
    """`word` is the name that was recognized, of a context or of a model."""

    word = serializers.CharField()
    how = serializers.ChoiceField([str(how) for how in How])
    context = ContextOut(allow_null=True)
    model = serializers.CharField(allow_null=True, source="ai_model")
    summary = serializers.CharField(source="ai_model.summary", default="", allow_blank=True)


class SuggestOut(serializers.Serializer[Any]):
    query = serializers.CharField(allow_blank=True)
    results = SuggestionOut(many=True)


class SearchSuggest(APIView):
    open_to_read = True

    @extend_schema(parameters=[SuggestQuery], responses=SuggestOut)
    def get(self, request: ReaderRequest) -> Response:
        take_search(request.user.pk if request.user else None, address_of(request))
        given = request.query_params.copy()
        given["q"] = clean_query(given.get("q", ""))
        query = SuggestQuery(data=given)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        rows = suggest(
            request.user,
            wanted["q"],
            most=wanted["limit"],
            contexts_only=wanted["scope"] == "contexts",
        )
        return Response({"query": wanted["q"], "results": SuggestionOut(rows, many=True).data})
