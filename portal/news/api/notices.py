"""The caller's notices."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.news.selectors.news import count_unread, list_notices
from portal.news.services.telling import mark_read
from portal.news.types import Happening

PAGE = 30


class NoticeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    event = serializers.ChoiceField(Happening.choices)
    data = serializers.DictField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticePage(serializers.Serializer[Any]):
    results = NoticeOut(many=True)
    unread = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)


class NoticeQuery(serializers.Serializer[Any]):
    unread = serializers.BooleanField(default=False)
    cursor = serializers.IntegerField(min_value=1, required=False)


class ReadIn(serializers.Serializer[Any]):
    """Which notices were read; all where none is named."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=200,
        required=False,
    )


class NoticeList(APIView):
    @extend_schema(parameters=[NoticeQuery], responses=NoticePage)
    def get(self, request: PersonRequest) -> Response:
        query = NoticeQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        rows = list_notices(request.user, unread=given["unread"])
        if "cursor" in given:
            rows = rows.filter(pk__lt=given["cursor"])
        page = list(rows[: PAGE + 1])
        body = {
            "results": NoticeOut(page[:PAGE], many=True).data,
            "unread": count_unread(request.user),
            "next": str(page[PAGE - 1].pk) if len(page) > PAGE else None,
        }
        return Response(body)


class NoticesRead(APIView):
    @extend_schema(request=ReadIn, responses={204: None})
    def post(self, request: PersonRequest) -> Response:
        given = ReadIn(data=request.data)
        given.is_valid(raise_exception=True)
        mark_read(request.user, given.validated_data.get("ids"))
        return Response(status=status.HTTP_204_NO_CONTENT)
