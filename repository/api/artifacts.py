"""Artifacts of a model: what a device can run."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import ReaderRequest
from repository.api.revisions import REF, revision_asked
from repository.api.rows import AccuracyOut, accuracy_of
from repository.models import Artifact, ArtifactFile
from repository.selectors.artifacts import list_artifacts
from repository.types import ENGINES_OF, ArtifactFormat, ArtifactOrigin, FigureOrigin, Precision


class ArtifactFileOut(serializers.Serializer[Any]):
    path = serializers.CharField()
    size_bytes = serializers.IntegerField(source="blob.size_bytes")
    sha256 = serializers.CharField(source="blob.sha256")
    url = serializers.SerializerMethodField()

    def get_url(self, file: ArtifactFile) -> str:
        return f"/api/v1/blobs/{file.blob_id}?filename={file.path.rpartition('/')[2]}"


class FigureOut(serializers.Serializer[Any]):
    device = serializers.CharField()
    profile = serializers.CharField()
    engine = serializers.CharField()
    p50_ms = serializers.FloatField()
    low_ms = serializers.FloatField(source="p50_low_ms", allow_null=True)
    high_ms = serializers.FloatField(source="p50_high_ms", allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    compute_unit = serializers.CharField()
    peak_memory_bytes = serializers.IntegerField(allow_null=True)
    source = serializers.ChoiceField(FigureOrigin.choices, source="origin")
    verdict = serializers.CharField()


class ArtifactAccuracyOut(AccuracyOut):
    """Accuracy on held-out samples; `drop` is against the artifact it was converted from."""

    drop = serializers.FloatField(allow_null=True)
    evaluation_set = serializers.IntegerField(allow_null=True)
    samples = serializers.IntegerField(allow_null=True, help_text="of the evaluation set")


class ArtifactOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    format = serializers.ChoiceField(ArtifactFormat.choices)
    precision = serializers.ChoiceField(Precision.choices)
    engines = serializers.SerializerMethodField()
    component = serializers.CharField()
    origin = serializers.ChoiceField(ArtifactOrigin.choices)
    source_id = serializers.IntegerField(allow_null=True)
    size_bytes = serializers.IntegerField(allow_null=True)
    accuracy = serializers.SerializerMethodField()
    recipe = serializers.DictField()
    files = ArtifactFileOut(many=True)
    figures = FigureOut(many=True)
    created_at = serializers.DateTimeField()

    def get_engines(self, artifact: Artifact) -> list[str]:
        return list(ENGINES_OF.get(artifact.format, ()))

    @extend_schema_field(ArtifactAccuracyOut(allow_null=True))
    def get_accuracy(self, artifact: Artifact) -> dict[str, Any] | None:
        shown = accuracy_of(artifact)
        if shown is None:
            return None
        source = artifact.source_accuracy
        return {
            **shown,
            "drop": None if source is None else source - shown["value"],
            "evaluation_set": artifact.evaluation_set_id,
            "samples": getattr(artifact.evaluation_set, "evaluation_count", None),
        }


class ArtifactPage(serializers.Serializer[Any]):
    results = ArtifactOut(many=True)


class ArtifactList(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF], responses=ArtifactPage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        return Response({"results": ArtifactOut(list_artifacts(revision), many=True).data})
