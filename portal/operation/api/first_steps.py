"""The checklist of a new portal."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.operation.first_steps import first_steps


class FirstStepsOut(serializers.Serializer[Any]):
    """Which steps are done; `invite` is null for whoever invites nobody."""

    model = serializers.BooleanField()
    device = serializers.BooleanField()
    convert = serializers.BooleanField()
    invite = serializers.BooleanField(allow_null=True)
    convertible = serializers.CharField(
        help_text="a model with files of its own, empty where there is none"
    )


class FirstSteps(APIView):
    @extend_schema(responses=FirstStepsOut)
    def get(self, request: PersonRequest) -> Response:
        return Response(FirstStepsOut(first_steps(request.user)).data)
