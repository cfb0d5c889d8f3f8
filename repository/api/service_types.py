"""Service types, as the sidebar shows them and maintainers keep them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import User
from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.selectors.catalog import list_service_types
from repository.services.contexts import keep_to_maintainers
from repository.services.service_types import (
    LAST,
    change_service_type,
    create_service_type,
    delete_service_type,
)


class ServiceTypeOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name_ko = serializers.CharField()
    name_en = serializers.CharField()
    icon = serializers.CharField()
    order = serializers.IntegerField()
    model_count = serializers.IntegerField()


class ServiceTypePage(serializers.Serializer[Any]):
    results = ServiceTypeOut(many=True)


class ServiceTypeIn(serializers.Serializer[Any]):
    name_ko = serializers.CharField(max_length=80)
    name_en = serializers.CharField(max_length=80)
    icon = serializers.RegexField(
        r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40, help_text="name of a Lucide icon"
    )
    place = serializers.IntegerField(
        min_value=1, max_value=LAST, required=False, help_text="in the order of the sidebar, from 1"
    )


class NewServiceTypeIn(ServiceTypeIn):
    slug = serializers.CharField(max_length=64, allow_blank=True, default="")


class ServiceTypeList(APIView):
    open_to_read = True

    @extend_schema(responses=ServiceTypePage)
    def get(self, request: ReaderRequest) -> Response:
        rows = list_service_types(request.user)
        return Response({"results": ServiceTypeOut(rows, many=True).data})

    @extend_schema(request=NewServiceTypeIn, responses={201: ServiceTypeOut})
    def post(self, request: PersonRequest) -> Response:
        keep_to_maintainers(request.user)
        given = NewServiceTypeIn(data=request.data)
        given.is_valid(raise_exception=True)
        slug = given.validated_data.pop("slug")
        made = create_service_type(request.user, slug, given.validated_data)
        return Response(_shown(request.user, made.slug), status=status.HTTP_201_CREATED)


class ServiceTypeDetail(APIView):
    @extend_schema(request=ServiceTypeIn, responses=ServiceTypeOut)
    def patch(self, request: PersonRequest, service_type: str) -> Response:
        keep_to_maintainers(request.user)
        given = ServiceTypeIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = change_service_type(request.user, service_type, given.validated_data)
        return Response(_shown(request.user, changed.slug))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, service_type: str) -> Response:
        delete_service_type(request.user, service_type)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _shown(user: User, slug: str) -> dict[str, Any]:
    return dict(ServiceTypeOut(list_service_types(user).get(slug=slug)).data)
