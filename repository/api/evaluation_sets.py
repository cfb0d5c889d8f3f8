"""Test data: samples that check what a conversion made."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models.user import SLUG
from portal.accounts.requests import PersonRequest
from repository.selectors.evaluation_sets import get_evaluation_set, visible_sets
from repository.selectors.files import get_upload
from repository.services.evaluation_sets import NewSet, create_evaluation_set
from repository.types import Metric


class EvaluationSetIn(serializers.Serializer[Any]):
    owner = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=64, validators=[SLUG])
    task = serializers.CharField(max_length=60, required=False, default="")
    metric = serializers.ChoiceField(Metric.choices, default=Metric.TOP1)
    labels = serializers.ListField(child=serializers.CharField(max_length=80), required=False)
    evaluation_upload_id = serializers.CharField(max_length=20)
    calibration_upload_id = serializers.CharField(max_length=20, required=False)


class EvaluationSetOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    owner = serializers.CharField(source="namespace.slug")
    name = serializers.CharField()
    task = serializers.CharField()
    metric = serializers.ChoiceField(Metric.choices)
    labels = serializers.ListField(child=serializers.CharField())
    evaluation_count = serializers.IntegerField()
    calibration_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class EvaluationSetPage(serializers.Serializer[Any]):
    results = EvaluationSetOut(many=True)


class EvaluationSetList(APIView):
    @extend_schema(responses=EvaluationSetPage)
    def get(self, request: PersonRequest) -> Response:
        rows = visible_sets(request.user)
        return Response({"results": EvaluationSetOut(rows, many=True).data})

    @extend_schema(request=EvaluationSetIn, responses={201: EvaluationSetOut})
    def post(self, request: PersonRequest) -> Response:
        given = EvaluationSetIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        calibration = fields.get("calibration_upload_id")
        made = create_evaluation_set(
            request.user,
            NewSet(
                owner=fields["owner"],
                name=fields["name"],
                metric=fields["metric"],
                labels=fields.get("labels", []),
                task=fields["task"],
                evaluation=get_upload(request.user, fields["evaluation_upload_id"]),
                calibration=get_upload(request.user, calibration) if calibration else None,
            ),
        )
        return Response(EvaluationSetOut(made).data, status=status.HTTP_201_CREATED)


class EvaluationSetDetail(APIView):
    @extend_schema(responses=EvaluationSetOut)
    def get(self, request: PersonRequest, set_id: int) -> Response:
        return Response(EvaluationSetOut(get_evaluation_set(request.user, set_id)).data)
