"""A model as lists and search results show it."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from repository.api.contexts import ContextOut, shown_context
from repository.models import AiModel, Artifact
from repository.selectors.catalog import Best, artifacts_in, best_of, head_of
from repository.selectors.contexts import contexts_of
from repository.types import (
    ENGINES_OF,
    ArtifactFormat,
    ArtifactOrigin,
    FigureOrigin,
    Precision,
    Visibility,
)

MOMENT = serializers.DateTimeField()


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

    id = serializers.CharField()
    owner = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField()
    service_type = serializers.CharField()
    contexts = ContextOut(many=True)
    task = serializers.CharField()
    license = serializers.CharField()
    visibility = serializers.ChoiceField(Visibility.choices)
    downloads = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    head = HeadOut(allow_null=True)
    artifact_count = serializers.IntegerField()
    best = BestOut(allow_null=True)

    def to_representation(self, instance: AiModel) -> dict[str, Any]:
        # Field by field the serializer takes longer than the database does.
        return shown_row(instance, self.context.get("devices", ()))


def shown_row(row: AiModel, devices: Sequence[str]) -> dict[str, Any]:
    head, best = head_of(row), best_of(row, devices)
    return {
        "id": str(row),
        "owner": row.namespace.slug,
        "name": row.name,
        "summary": row.summary,
        "service_type": row.service_type.slug,
        "contexts": [shown_context(context) for context in contexts_of(row)],
        "task": row.task,
        "license": row.license,
        "visibility": row.visibility,
        "downloads": row.downloads,
        "created_at": MOMENT.to_representation(row.created_at),
        "updated_at": MOMENT.to_representation(row.updated_at),
        "head": {"id": head.oid, "short_id": head.oid[:7]} if head else None,
        "artifact_count": len(artifacts_in(row)),
        "best": _shown_best(best) if best else None,
    }


def _shown_best(best: Best) -> dict[str, Any]:
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
