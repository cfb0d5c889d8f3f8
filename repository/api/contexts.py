"""Contexts and what is tied to them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from repository.selectors.contexts import get_context, list_contexts, list_related
from repository.types import ContextKind, RelationOrigin


class ContextOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    label_ko = serializers.CharField()
    label_en = serializers.CharField()
    is_proposal = serializers.BooleanField()


class ContextRow(ContextOut):
    kind = serializers.ChoiceField(ContextKind.choices)
    aliases = serializers.ListField(child=serializers.CharField())
    model_count = serializers.IntegerField()


class ContextPage(serializers.Serializer[Any]):
    results = ContextRow(many=True)


class RelatedOut(serializers.Serializer[Any]):
    context = ContextOut()
    weight = serializers.FloatField()
    origin = serializers.ChoiceField(RelationOrigin.choices)


class RelatedPage(serializers.Serializer[Any]):
    results = RelatedOut(many=True)


class ContextList(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="part of a label or alias")],
        responses=ContextPage,
    )
    def get(self, request: Request) -> Response:
        rows = list_contexts(request.query_params.get("q", ""))
        return Response({"results": ContextRow(rows, many=True).data})


class ContextRelated(APIView):
    @extend_schema(responses=RelatedPage)
    def get(self, request: Request, slug: str) -> Response:
        del request
        ties = list_related(get_context(slug))
        return Response({"results": RelatedOut(ties, many=True).data})
