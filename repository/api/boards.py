"""Devices that figures are known of."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from repository.selectors.boards import list_boards


class BoardOut(serializers.Serializer[Any]):
    """`slug` is what `for_device` takes."""

    slug = serializers.CharField()
    name = serializers.CharField()


class BoardPage(serializers.Serializer[Any]):
    results = BoardOut(many=True)


class BoardList(APIView):
    @extend_schema(responses=BoardPage)
    def get(self, request: PersonRequest) -> Response:
        return Response({"results": BoardOut(list_boards(request.user), many=True).data})
