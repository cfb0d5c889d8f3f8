"""The catalogue: list, register, read, change, delete."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.api.rows import ForDevice, ModelRow
from repository.models import AiModel
from repository.selectors.access import get_model, may_on
from repository.selectors.catalog import Filters, catalog_rows, filter_rows, page_of
from repository.selectors.networks import find_network
from repository.selectors.revisions import find_head
from repository.services.ai_models import ModelChanges, change_model, delete_model, register_model
from repository.services.graphs import graph_sources
from repository.services.moves import move_model
from repository.services.raw_views import raw_sources
from repository.types import ArtifactFormat, Need, Visibility

MEGABYTE = 1_000_000


class ModelIn(serializers.Serializer[Any]):
    summary = serializers.CharField(max_length=200, required=False, allow_blank=True)
    service_type = serializers.CharField(max_length=64)
    contexts = serializers.ListField(child=serializers.CharField(max_length=64), required=False)
    task = serializers.CharField(max_length=60, required=False, allow_blank=True)
    license = serializers.CharField(max_length=60, required=False, allow_blank=True)
    visibility = serializers.ChoiceField(Visibility.choices, required=False)


class NewModelIn(ModelIn):
    service_type = serializers.CharField(
        max_length=64, required=False, help_text="without one it is not sorted yet"
    )
    owner = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=64)


class InputOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    dtype = serializers.CharField()
    shape = serializers.ListField(
        child=serializers.CharField(), help_text="sizes; one that is not fixed is -1 or has a name"
    )


class NetworkOut(serializers.Serializer[Any]):
    """What the files say of the network."""

    parameters = serializers.IntegerField(allow_null=True)
    inputs = InputOut(many=True)


class ModelOut(ModelRow):
    """A catalogue entry with what the caller may do to it."""

    may_write = serializers.BooleanField()
    may_own = serializers.BooleanField()
    has_graph = serializers.BooleanField(help_text="whether its newest version has one")
    has_raw_view = serializers.BooleanField(help_text="whether a file of it can be looked at as is")
    network = NetworkOut(allow_null=True)

    def to_representation(self, instance: AiModel) -> dict[str, Any]:
        user, head = self.context["user"], find_head(instance)
        has_graph = head is not None and bool(graph_sources(head))
        network = find_network(head) if head else None
        return {
            **super().to_representation(instance),
            "may_write": may_on(user, instance, Need.WRITE),
            "may_own": may_on(user, instance, Need.OWN),
            "has_graph": has_graph,
            "has_raw_view": has_graph or (head is not None and bool(raw_sources(head))),
            "network": NetworkOut(network).data if network else None,
        }


class MoveIn(serializers.Serializer[Any]):
    owner = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=64)


class ModelPage(serializers.Serializer[Any]):
    results = ModelRow(many=True)
    next = serializers.CharField(allow_null=True)


class ModelQuery(serializers.Serializer[Any]):
    service_type = serializers.CharField(required=False)
    context = serializers.ListField(child=serializers.CharField(), required=False)
    format = serializers.ChoiceField(ArtifactFormat.choices, required=False)
    license = serializers.CharField(required=False)
    for_device = ForDevice()
    max_latency_ms = serializers.FloatField(
        min_value=0, required=False, help_text="on one of `for_device`, or anywhere"
    )
    max_size_mb = serializers.FloatField(min_value=0, max_value=1e9, required=False)
    q = serializers.CharField(max_length=200, required=False)
    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)

    def filters(self) -> Filters:
        given = self.validated_data
        size = given.get("max_size_mb")
        return Filters(
            service_type=given.get("service_type", ""),
            contexts=tuple(given.get("context", ())),
            format=given.get("format", ""),
            license=given.get("license", ""),
            devices=tuple(given.get("for_device", ())),
            max_latency_ms=given.get("max_latency_ms"),
            max_size_bytes=None if size is None else int(size * MEGABYTE),
            q=given.get("q", ""),
        )


def shown(request: PersonRequest | ReaderRequest, ai_model: AiModel) -> Response:
    row = catalog_rows(request.user).get(pk=ai_model.pk)
    return Response(ModelOut(row, context={"user": request.user}).data)


class ModelList(APIView):
    open_to_read = True

    @extend_schema(parameters=[ModelQuery], responses=ModelPage)
    def get(self, request: ReaderRequest) -> Response:
        query = ModelQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        filters = query.filters()
        rows = filter_rows(catalog_rows(request.user), filters)
        given = query.validated_data
        page, following = page_of(rows, given.get("cursor", ""), given["limit"])
        listed = ModelRow(page, many=True, context={"devices": filters.devices})
        return Response({"results": listed.data, "next": following})

    @extend_schema(request=NewModelIn, responses={201: ModelOut})
    def post(self, request: PersonRequest) -> Response:
        given = NewModelIn(data=request.data)
        given.is_valid(raise_exception=True)
        changes = dict(given.validated_data)
        owner, name = changes.pop("owner"), changes.pop("name")
        made = register_model(
            request.user, owner=owner, name=name, changes=cast(ModelChanges, changes)
        )
        answer = shown(request, made)
        answer.status_code = status.HTTP_201_CREATED
        return answer


class ModelDetail(APIView):
    open_to_read = True

    @extend_schema(responses=ModelOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        return shown(request, get_model(request.user, owner, name))

    @extend_schema(request=ModelIn, responses=ModelOut)
    def patch(self, request: PersonRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        given = ModelIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        wanted = cast(ModelChanges, dict(given.validated_data))
        change_model(request.user, found, wanted)
        return shown(request, found)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, owner: str, name: str) -> Response:
        delete_model(request.user, get_model(request.user, owner, name, Need.OWN))
        return Response(status=status.HTTP_204_NO_CONTENT)


class NameCheckOut(serializers.Serializer[Any]):
    available = serializers.BooleanField()


class NameCheck(APIView):
    """Whether a name is still free, for the form that is being filled."""

    @extend_schema(
        parameters=[OpenApiParameter("owner", str, required=True), OpenApiParameter("name", str)],
        responses=NameCheckOut,
    )
    def get(self, request: PersonRequest) -> Response:
        query = request.query_params
        taken = (
            catalog_rows(request.user)
            .filter(namespace__slug=query.get("owner", ""), name=query.get("name", ""))
            .exists()
        )
        return Response({"available": not taken})


class ModelMove(APIView):
    """Another name or owner; the old name goes on leading to the model."""

    @extend_schema(request=MoveIn, responses=ModelOut)
    def post(self, request: PersonRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name, Need.OWN)
        given = MoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        return shown(request, move_model(request.user, found, **given.validated_data))
