"""The entry page: every service type that has models, with its newest ones."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import ReaderRequest
from repository.api.rows import ForDevice, ModelRow
from repository.api.service_types import ServiceTypeOut
from repository.selectors.groups import list_groups


class GroupQuery(serializers.Serializer[Any]):
    size = serializers.IntegerField(min_value=1, max_value=10, default=3)
    for_device = ForDevice()


class ModelGroup(serializers.Serializer[Any]):
    type = ServiceTypeOut()
    models = ModelRow(many=True)


class ModelGroupPage(serializers.Serializer[Any]):
    results = ModelGroup(many=True)


class ModelGroupList(APIView):
    open_to_read = True

    @extend_schema(parameters=[GroupQuery], responses=ModelGroupPage)
    def get(self, request: ReaderRequest) -> Response:
        query = GroupQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        groups = list_groups(request.user, asked["size"])
        listed = ModelGroup(groups, many=True, context={"devices": asked["for_device"]})
        return Response({"results": listed.data})
