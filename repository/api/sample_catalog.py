"""The sample catalog that is shipped, loaded by one click."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from repository.services.catalog_import import request_sample, sample_state


class SampleStateOut(serializers.Serializer[Any]):
    models = serializers.IntegerField(help_text="of the sample that are here already")
    total = serializers.IntegerField()
    loading = serializers.BooleanField()


class SampleCatalog(APIView):
    """Published models with their makers' figures, so that a new portal has something to find."""

    @extend_schema(responses=SampleStateOut)
    def get(self, _request: PersonRequest) -> Response:
        return Response(SampleStateOut(sample_state()).data)

    @extend_schema(request=None, responses={202: SampleStateOut})
    def post(self, request: PersonRequest) -> Response:
        request_sample(request.user)
        return Response(SampleStateOut(sample_state()).data, status=status.HTTP_202_ACCEPTED)
