"""Contexts and what is tied to them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import User
from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.models import Context
from repository.selectors.contexts import MOST_LISTED, list_contexts, list_related, show_context
from repository.services.context_merging import merge_contexts, unmerge_context
from repository.services.context_ties import tie_contexts, untie_contexts
from repository.services.contexts import (
    change_context,
    create_context,
    delete_context,
    keep_to_maintainers,
)
from repository.types import ContextKind, RelationOrigin


class ContextOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    label_ko = serializers.CharField()
    label_en = serializers.CharField()
    is_proposal = serializers.BooleanField()


def shown_context(context: Context) -> dict[str, Any]:
    return {
        "slug": context.slug,
        "label_ko": context.label_ko,
        "label_en": context.label_en,
        "is_proposal": context.is_proposal,
    }


class ContextRow(ContextOut):
    kind = serializers.ChoiceField(ContextKind.choices)
    aliases = serializers.ListField(child=serializers.CharField())
    model_count = serializers.IntegerField()


class ContextDetailOut(ContextRow):
    hints = serializers.ListField(child=serializers.CharField())
    broader = ContextOut(allow_null=True)
    narrower = ContextOut(many=True, source="narrower.all")
    merged = serializers.SerializerMethodField(help_text="contexts that became part of it")

    def get_merged(self, context: Context) -> list[str]:
        return list(context.merged.order_by("slug").values_list("slug", flat=True))


class ContextIn(serializers.Serializer[Any]):
    label_ko = serializers.CharField(max_length=80, allow_blank=True, required=False)
    label_en = serializers.CharField(max_length=80, allow_blank=True, required=False)
    aliases = serializers.ListField(child=serializers.CharField(max_length=80), required=False)
    hints = serializers.ListField(
        child=serializers.CharField(max_length=80),
        required=False,
        help_text="words that make one think of it without naming it",
    )
    kind = serializers.ChoiceField(ContextKind.choices, required=False)
    broader = serializers.CharField(allow_blank=True, required=False, help_text="a slug, or none")


class NewContextIn(ContextIn):
    slug = serializers.CharField(max_length=64, allow_blank=True, default="")


class MergeIn(serializers.Serializer[Any]):
    into = serializers.CharField(help_text="the slug of the context that stays")


class ContextPage(serializers.Serializer[Any]):
    results = ContextRow(many=True)


class RelatedOut(serializers.Serializer[Any]):
    context = ContextOut()
    model_count = serializers.IntegerField()
    weight = serializers.FloatField()
    origin = serializers.ChoiceField(RelationOrigin.choices)


class RelatedPage(serializers.Serializer[Any]):
    results = RelatedOut(many=True)


class ContextQuery(serializers.Serializer[Any]):
    q = serializers.CharField(default="", allow_blank=True, help_text="part of a label or alias")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_LISTED, default=MOST_LISTED)


class TieIn(serializers.Serializer[Any]):
    weight = serializers.FloatField(min_value=0.05, max_value=1, help_text="1 is the closest")


class ContextList(APIView):
    open_to_read = True

    @extend_schema(parameters=[ContextQuery], responses=ContextPage)
    def get(self, request: ReaderRequest) -> Response:
        query = ContextQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        rows = list_contexts(request.user, asked["q"], most=asked["limit"])
        return Response({"results": ContextRow(rows, many=True).data})

    @extend_schema(request=NewContextIn, responses={201: ContextDetailOut})
    def post(self, request: PersonRequest) -> Response:
        keep_to_maintainers(request.user)
        given = NewContextIn(data=request.data)
        given.is_valid(raise_exception=True)
        slug = given.validated_data.pop("slug")
        made = create_context(request.user, slug, given.validated_data)
        return _shown(request.user, made.slug, status.HTTP_201_CREATED)


class ContextDetail(APIView):
    """A context; the slug of one that became part of another leads to that other."""

    open_to_read = True

    @extend_schema(responses=ContextDetailOut)
    def get(self, request: ReaderRequest, slug: str) -> Response:
        return _shown(request.user, slug)

    @extend_schema(request=ContextIn, responses=ContextDetailOut)
    def patch(self, request: PersonRequest, slug: str) -> Response:
        keep_to_maintainers(request.user)
        given = ContextIn(data=request.data)
        given.is_valid(raise_exception=True)
        return _shown(request.user, change_context(request.user, slug, given.validated_data).slug)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, slug: str) -> Response:
        delete_context(request.user, slug)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ContextMerge(APIView):
    """Make one context of two; `DELETE` brings back the one that is no more."""

    @extend_schema(request=MergeIn, responses=ContextDetailOut)
    def post(self, request: PersonRequest, slug: str) -> Response:
        keep_to_maintainers(request.user)
        given = MergeIn(data=request.data)
        given.is_valid(raise_exception=True)
        kept = merge_contexts(request.user, slug, given.validated_data["into"])
        return _shown(request.user, kept.slug)

    @extend_schema(request=None, responses={200: ContextDetailOut})
    def delete(self, request: PersonRequest, slug: str) -> Response:
        return _shown(request.user, unmerge_context(request.user, slug).slug)


class ContextRelated(APIView):
    open_to_read = True

    @extend_schema(responses=RelatedPage)
    def get(self, request: ReaderRequest, slug: str) -> Response:
        return _ties(request.user, show_context(request.user, slug))


class ContextTie(APIView):
    """The tie between two contexts that people set; it counts before what was learned."""

    @extend_schema(request=TieIn, responses=RelatedPage)
    def put(self, request: PersonRequest, slug: str, other: str) -> Response:
        keep_to_maintainers(request.user)
        given = TieIn(data=request.data)
        given.is_valid(raise_exception=True)
        tied = tie_contexts(request.user, slug, other, given.validated_data["weight"])
        return _ties(request.user, tied)

    @extend_schema(request=None, responses={200: RelatedPage})
    def delete(self, request: PersonRequest, slug: str, other: str) -> Response:
        return _ties(request.user, untie_contexts(request.user, slug, other))


def _ties(user: User | None, context: Context) -> Response:
    rows = list_related(user, context)
    return Response({"results": RelatedOut(rows, many=True).data})


def _shown(user: User | None, slug: str, code: int = status.HTTP_200_OK) -> Response:
    return Response(ContextDetailOut(show_context(user, slug)).data, status=code)
