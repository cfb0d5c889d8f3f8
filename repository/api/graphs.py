"""The graph of a model, as its file tells it."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import ReaderRequest
from repository.api.revisions import REF, revision_asked
from repository.services.graphs import read_revision_graph
from repository.services.raw_views import open_raw_view


class WeightOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    dtype = serializers.CharField()
    shape = serializers.ListField(child=serializers.IntegerField())


class ModuleOut(serializers.Serializer[Any]):
    """A part of the network's code, by its whole name; `kind` is empty where it is not told."""

    name = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)


class NodeOut(serializers.Serializer[Any]):
    """An operator, or a tensor with an empty `operator`; sizes not fixed are -1 or a name."""

    name = serializers.CharField()
    operator = serializers.CharField(allow_blank=True)
    modules = ModuleOut(many=True, help_text="around it, the outermost first")
    inputs = serializers.ListField(child=serializers.CharField())
    outputs = serializers.ListField(child=serializers.CharField())
    shape = serializers.ListField(child=serializers.CharField())
    dtype = serializers.CharField(allow_blank=True)
    parameters = serializers.IntegerField()
    weights = WeightOut(many=True)
    attributes = serializers.DictField(child=serializers.CharField())


class GraphSourceOut(serializers.Serializer[Any]):
    """A file that is looked at; `artifact` is null for a file that is no device file."""

    path = serializers.CharField()
    format = serializers.CharField()
    artifact = serializers.IntegerField(source="artifact.pk", default=None, allow_null=True)
    precision = serializers.CharField(source="artifact.precision", default="")


class GraphOut(serializers.Serializer[Any]):
    path = serializers.CharField(source="source.path")
    format = serializers.CharField(source="source.format")
    artifact = serializers.IntegerField(source="source.artifact.pk", default=None, allow_null=True)
    precision = serializers.CharField(source="source.artifact.precision", default="")
    choices = GraphSourceOut(many=True)
    nodes = NodeOut(many=True)


class GraphQuery(serializers.Serializer[Any]):
    artifact = serializers.IntegerField(
        min_value=1, required=False, help_text="a device file; default the one that tells most"
    )


class RawViewOut(serializers.Serializer[Any]):
    """The address for a frame; it shows the file to whoever has it, for as long as it is signed."""

    path = serializers.CharField(source="source.path")
    artifact = serializers.IntegerField(source="source.artifact.pk", default=None, allow_null=True)
    choices = GraphSourceOut(many=True)
    url = serializers.CharField()
    viewer = serializers.CharField()
    notice = serializers.CharField(help_text="the viewer's licence")


class GraphDetail(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF, GraphQuery], responses=GraphOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        query = GraphQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data.get("artifact")
        graph = read_revision_graph(revision, wanted, worst=settings.ENV.sandbox_worst)
        return Response(GraphOut(graph).data)


class RawViewDetail(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF, GraphQuery], responses=RawViewOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        query = GraphQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        view = open_raw_view(revision, query.validated_data.get("artifact"))
        return Response(RawViewOut(view).data)
