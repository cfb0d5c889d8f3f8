"""Service types, as the sidebar shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import ReaderRequest
from repository.selectors.catalog import list_service_types


class ServiceTypeOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name_ko = serializers.CharField()
    name_en = serializers.CharField()
    icon = serializers.CharField()
    order = serializers.IntegerField()
    model_count = serializers.IntegerField()


class ServiceTypePage(serializers.Serializer[Any]):
    results = ServiceTypeOut(many=True)


class ServiceTypeList(APIView):
    open_to_read = True

    @extend_schema(responses=ServiceTypePage)
    def get(self, request: ReaderRequest) -> Response:
        rows = list_service_types(request.user)
        return Response({"results": ServiceTypeOut(rows, many=True).data})
