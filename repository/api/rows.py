"""A model as lists and search results show it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from repository.api.contexts import ContextOut, shown_context
from repository.models import AiModel, Artifact
from repository.selectors.catalog import best_of, head_of
from repository.types import (
    ENGINES_OF,
    ArtifactFormat,
    ArtifactOrigin,
    FigureOrigin,
    Precision,
    Visibility,
)


class ForDevice(serializers.ListField):
    """Whose figures rows show: names or profiles of devices, the wanted one first."""

    def __init__(self) -> None:
        child = serializers.CharField(max_length=120)
        super().__init__(child=child, max_length=5, required=False, default=list)


class HeadOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    short_id = serializers.CharField()


class AccuracyOut(serializers.Serializer[Any]):
    """`device` says where a vendor took it; empty for an accuracy that was checked here."""

    metric = serializers.CharField()
    value = serializers.FloatField()
    device = serializers.CharField()


class LatencyOut(serializers.Serializer[Any]):
    p50_ms = serializers.FloatField()
    low_ms = serializers.FloatField(allow_null=True)
    high_ms = serializers.FloatField(allow_null=True)
    source = serializers.ChoiceField(FigureOrigin.choices)
    verdict = serializers.CharField()
    device = serializers.CharField()
    compute_unit = serializers.CharField()


class BestOut(serializers.Serializer[Any]):
    artifact_id = serializers.IntegerField()
    format = serializers.ChoiceField(ArtifactFormat.choices)
    precision = serializers.ChoiceField(Precision.choices)
    engine = serializers.CharField()
    size_bytes = serializers.IntegerField(allow_null=True)
    origin = serializers.ChoiceField(ArtifactOrigin.choices)
    accuracy = AccuracyOut(allow_null=True)
    latency = LatencyOut(allow_null=True)


class ModelRow(serializers.Serializer[Any]):
    """A catalogue entry with its best artifact, on `devices` of the context if they are given."""

    id = serializers.SerializerMethodField()
    owner = serializers.CharField(source="namespace.slug")
    name = serializers.CharField()
    summary = serializers.CharField()
    service_type = serializers.CharField(source="service_type.slug")
    contexts = serializers.SerializerMethodField()
    task = serializers.CharField()
    license = serializers.CharField()
    visibility = serializers.ChoiceField(Visibility.choices)
    downloads = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    head = serializers.SerializerMethodField()
    artifact_count = serializers.SerializerMethodField()
    best = serializers.SerializerMethodField()

    def get_id(self, row: AiModel) -> str:
        return str(row)

    @extend_schema_field(ContextOut(many=True))
    def get_contexts(self, row: AiModel) -> list[dict[str, Any]]:
        return [shown_context(context) for context in row.contexts.all()]

    @extend_schema_field(HeadOut(allow_null=True))
    def get_head(self, row: AiModel) -> dict[str, str] | None:
        head = head_of(row)
        return {"id": head.oid, "short_id": head.oid[:7]} if head else None

    def get_artifact_count(self, row: AiModel) -> int:
        head = head_of(row)
        return len(head.artifacts.all()) if head else 0

    @extend_schema_field(BestOut(allow_null=True))
    def get_best(self, row: AiModel) -> dict[str, Any] | None:
        best = best_of(row, self.context.get("devices", ()))
        if best is None:
            return None
        artifact, figure = best.artifact, best.figure
        engines = ENGINES_OF.get(artifact.format, ())
        return {
            "artifact_id": artifact.pk,
            "format": artifact.format,
            "precision": artifact.precision,
            "engine": figure.engine if figure else (engines[0] if engines else ""),
            "size_bytes": artifact.size_bytes,
            "origin": artifact.origin,
            "accuracy": accuracy_of(artifact),
            "latency": {
                "p50_ms": figure.p50_ms,
                "low_ms": figure.p50_low_ms,
                "high_ms": figure.p50_high_ms,
                "source": figure.origin,
                "verdict": figure.verdict,
                "device": figure.device or figure.profile,
                "compute_unit": figure.compute_unit,
            }
            if figure
            else None,
        }


def accuracy_of(artifact: Artifact) -> dict[str, Any] | None:
    if artifact.accuracy is None:
        return None
    return {
        "metric": artifact.metric,
        "value": artifact.accuracy,
        "device": artifact.accuracy_device,
    }
