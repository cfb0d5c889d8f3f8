"""Artifacts: found among the files of a revision, added by conversions, given their figures."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from repository.models import (
    AiModel,
    Artifact,
    ArtifactFigure,
    ArtifactFile,
    Blob,
    EvaluationSet,
    Inspection,
    ModelFile,
    Revision,
)
from repository.services.ai_models import touch_model
from repository.services.carrying import carry_on, seal_content, twins_of
from repository.types import ArtifactFormat, ArtifactOrigin, FigureOrigin, FileStatus, Precision

CONFIG = "config.json"
WHOLE_IN_ONE_FILE = {
    "onnx": ArtifactFormat.ONNX,
    "torch_export": ArtifactFormat.TORCH_EXPORT,
    "tflite": ArtifactFormat.TFLITE,
    "gguf": ArtifactFormat.GGUF,
}


@dataclass(frozen=True)
class Found:
    format: ArtifactFormat
    precision: Precision
    files: list[ModelFile]


@dataclass(frozen=True)
class Checked:
    """How an artifact and its source did on the same held-out samples."""

    evaluation_set: EvaluationSet
    accuracy: float
    source_accuracy: float


def derive_artifacts(revision: Revision) -> list[Artifact]:
    """Make an artifact of each deployable form among a revision's files, but of no blocked one."""
    made = []
    for found in _find(revision):
        artifact, new = Artifact.objects.get_or_create(
            revision=revision,
            format=found.format,
            precision=found.precision,
            component="",
            recipe_sha256="",
            defaults={
                "origin": ArtifactOrigin.UPLOADED,
                "size_bytes": sum(file.blob.size_bytes for file in found.files),
            },
        )
        if new:
            ArtifactFile.objects.bulk_create(
                ArtifactFile(artifact=artifact, path=file.path, blob=file.blob)
                for file in found.files
            )
            seal_content(artifact)
            made.append(artifact)
    return made


def _find(revision: Revision) -> Iterator[Found]:
    files = list(revision.files.select_related("blob"))
    by_path = {file.path: file for file in files}
    accepted = Inspection.objects.filter(
        blob__in=revision.files.values("blob"), status=FileStatus.ACCEPTED
    )
    read = {(row.blob_id, row.extension): row for row in accepted}
    for file in files:
        fact = read.get((file.blob_id, "." + file.path.rpartition(".")[2].lower()))
        if fact is None:
            continue
        if fact.format in WHOLE_IN_ONE_FILE:
            # Large ONNX models keep weights in files beside them: without these they are none.
            beside = [by_path.get(name) for name in fact.facts.get("external_files", [])]
            whole = [part for part in beside if part is not None]
            if len(whole) == len(beside):
                form = WHOLE_IN_ONE_FILE[fact.format]
                yield Found(form, _precision(fact.facts), [file, *whole])
        elif fact.format == "safetensors" and CONFIG in by_path:
            yield Found(ArtifactFormat.PYTORCH, Precision.FP32, [by_path[CONFIG], file])
        elif fact.format == "openvino" and file.path.endswith(".xml"):
            weights = by_path.get(file.path.removesuffix(".xml") + ".bin")
            if weights is not None:
                yield Found(ArtifactFormat.OPENVINO, _precision(fact.facts), [file, weights])


def _precision(facts: Mapping[str, Any]) -> Precision:
    operators = facts.get("operators", {})
    if any(name in operators for name in ("QuantizeLinear", "DequantizeLinear", "QLinearConv")):
        return Precision.INT8
    if any(tensor.get("dtype") == "float16" for tensor in facts.get("inputs", [])):
        return Precision.FP16
    return Precision.FP32


@transaction.atomic
def add_converted(
    source: Artifact,
    *,
    format: ArtifactFormat,  # noqa: A002
    precision: Precision,
    recipe: dict[str, Any],
    files: Mapping[str, Blob],
    checked: Checked | None,
) -> Artifact:
    """Keep what a conversion made. The same recipe on the same source is the same artifact."""
    _hold(source)
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
    artifact, made = Artifact.objects.update_or_create(
        revision=source.revision,
        format=format,
        precision=precision,
        recipe_sha256=digest,
        defaults={
            "origin": ArtifactOrigin.CONVERTED,
            "source": source,
            "recipe": recipe,
            "size_bytes": sum(blob.size_bytes for blob in files.values()),
            **_accuracy(checked),
        },
    )
    if not made:
        artifact.files.all().delete()
    ArtifactFile.objects.bulk_create(
        ArtifactFile(artifact=artifact, path=path, blob=blob) for path, blob in files.items()
    )
    seal_content(artifact)
    if checked is not None:
        _remember_source(source, checked)
    carry_on(artifact)
    touch_model(source.revision.ai_model)
    return artifact


def _accuracy(checked: Checked | None) -> dict[str, Any]:
    if checked is None:
        return {}
    return {
        "evaluation_set": checked.evaluation_set,
        "metric": checked.evaluation_set.metric,
        "accuracy": checked.accuracy,
        "source_accuracy": checked.source_accuracy,
    }


def _remember_source(source: Artifact, checked: Checked) -> None:
    """Keep the accuracy of the source too: the check ran it on the same samples."""
    same = Artifact.objects.filter(pk=source.pk) | twins_of(source)
    same.filter(accuracy=None).update(
        evaluation_set=checked.evaluation_set,
        metric=checked.evaluation_set.metric,
        accuracy=checked.source_accuracy,
    )


@transaction.atomic
def put_figure(artifact: Artifact, **figure: Any) -> ArtifactFigure:
    """Keep the newest measured figures of an artifact on one device with one engine.

    They are those of its twins in other revisions too.
    """
    _hold(artifact)
    place = {name: figure.pop(name) for name in ("profile", "device", "engine")}
    place["origin"] = FigureOrigin.MEASURED
    for twin in twins_of(artifact):
        ArtifactFigure.objects.update_or_create(artifact=twin, **place, defaults=figure)
    kept, _ = ArtifactFigure.objects.update_or_create(artifact=artifact, **place, defaults=figure)
    touch_model(artifact.revision.ai_model)
    return kept


def _hold(artifact: Artifact) -> None:
    """Keep commits of the model waiting: one that lands now would carry over what was before."""
    AiModel.objects.select_for_update().get(pk=artifact.revision.ai_model_id)
