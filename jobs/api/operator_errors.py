"""What quantization cost each operator of a model."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.services.operator_errors import list_errors
from portal.accounts.requests import ReaderRequest
from repository.api.revisions import REF, revision_asked


class OperatorErrorOut(serializers.Serializer[Any]):
    """An operator of the float model; the ratios are null where nothing of it was quantized."""

    name = serializers.CharField(allow_blank=True)
    operator = serializers.CharField()
    tensor = serializers.CharField(allow_blank=True)
    decibels = serializers.FloatField(allow_null=True)
    weight_decibels = serializers.FloatField(allow_null=True)


class OperatorErrorsOut(serializers.Serializer[Any]):
    """Signal to quantization noise, between a float model and the one of integers made of it."""

    artifact = serializers.IntegerField(source="artifact.pk")
    job = serializers.IntegerField(source="job.pk")
    format = serializers.CharField(source="artifact.format")
    precision = serializers.CharField(source="artifact.precision")
    samples = serializers.IntegerField()
    measured = serializers.IntegerField(help_text="operators whose output was compared")
    of = serializers.IntegerField(help_text="operators whose output could have been")
    created_at = serializers.DateTimeField(source="artifact.created_at")
    operators = OperatorErrorOut(many=True)


class OperatorErrorsPage(serializers.Serializer[Any]):
    results = OperatorErrorsOut(many=True)


class OperatorErrorsList(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF], responses=OperatorErrorsPage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        return Response({"results": OperatorErrorsOut(list_errors(revision), many=True).data})
