"""The whole vocabulary as a file, and what people searched for in vain."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from repository.services.contexts import keep_to_maintainers
from repository.services.empty_searches import (
    answer_empty_search,
    dismiss_empty_search,
    list_empty_searches,
    propose_empty_search,
)
from repository.services.vocabulary_files import export_vocabulary, import_vocabulary

MOST_LETTERS = 5_000_000
EXPORTED = {"type": "array", "items": {"type": "object", "additionalProperties": {}}}


class VocabularyIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MOST_LETTERS, help_text="YAML, as it was exported")


class ImportedOut(serializers.Serializer[Any]):
    made = serializers.IntegerField()
    changed = serializers.IntegerField()


class EmptySearchOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    query = serializers.CharField()
    count = serializers.IntegerField()
    last_on = serializers.DateField()


class EmptySearchPage(serializers.Serializer[Any]):
    results = EmptySearchOut(many=True)


class AliasIn(serializers.Serializer[Any]):
    context = serializers.CharField(
        required=False, help_text="the slug of what was meant; without it the words are proposed"
    )


class Vocabulary(APIView):
    @extend_schema(responses={(200, "application/yaml"): EXPORTED})
    def get(self, _request: PersonRequest) -> HttpResponse:
        answer = HttpResponse(export_vocabulary(), content_type="application/yaml; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="vocabulary.yaml"'
        return answer

    @extend_schema(request=VocabularyIn, responses=ImportedOut)
    def put(self, request: PersonRequest) -> Response:
        keep_to_maintainers(request.user)
        given = VocabularyIn(data=request.data)
        given.is_valid(raise_exception=True)
        made, changed = import_vocabulary(request.user, given.validated_data["text"])
        return Response({"made": made, "changed": changed})


class EmptySearchList(APIView):
    """Searches that found nothing, counted without the person."""

    @extend_schema(responses=EmptySearchPage)
    def get(self, request: PersonRequest) -> Response:
        rows = list_empty_searches(request.user)
        return Response({"results": EmptySearchOut(rows, many=True).data})


class EmptySearchDetail(APIView):
    @extend_schema(request=AliasIn, responses={204: None})
    def post(self, request: PersonRequest, search_id: int) -> Response:
        """Make the words of a search an alias of a context, or a context that is proposed."""
        keep_to_maintainers(request.user)
        given = AliasIn(data=request.data)
        given.is_valid(raise_exception=True)
        if slug := given.validated_data.get("context"):
            answer_empty_search(request.user, search_id, slug)
        else:
            propose_empty_search(request.user, search_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, search_id: int) -> Response:
        dismiss_empty_search(request.user, search_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
