"""Devices that figures are known of."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import ReaderRequest
from repository.selectors.boards import list_boards


class BoardOut(serializers.Serializer[Any]):
    """`slug` is what `for_device` takes."""

    slug = serializers.CharField()
    name = serializers.CharField()


class BoardPage(serializers.Serializer[Any]):
    results = BoardOut(many=True)


class BoardList(APIView):
    open_to_read = True

    @extend_schema(responses=BoardPage)
    def get(self, request: ReaderRequest) -> Response:
        return Response({"results": BoardOut(list_boards(request.user), many=True).data})
