"""Keeping test data."""

import json
import struct
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.accounts.selectors.people import get_namespace
from portal.core.errors import Conflict, invalid_field
from repository.blobs.store import blob_store
from repository.models import Blob, EvaluationSet, UploadSession
from repository.types import Metric, UploadState

MEASURED = frozenset({Metric.TOP1})


class NameTaken(Conflict):
    code = "evaluation_set_name_taken"


@dataclass(frozen=True)
class NewSet:
    owner: str
    name: str
    metric: Metric
    labels: list[str]
    task: str
    evaluation: UploadSession
    calibration: UploadSession | None


def create_evaluation_set(user: User, new: NewSet) -> EvaluationSet:
    """Keep samples for checking and, apart from them, samples for calibrating.

    Refuses files that are not safetensors with `samples` and `labels` of one length, and one file
    for both purposes: numbers from such a set would flatter.
    """
    if new.metric not in MEASURED:
        raise invalid_field(
            "metric", "Only top-1 accuracy is measured so far.", "metric_not_measured"
        )
    namespace = get_namespace(user, new.owner)
    evaluation = _blob(new.evaluation, "evaluation")
    calibration = _blob(new.calibration, "calibration") if new.calibration else None
    if calibration == evaluation:
        raise invalid_field(
            "calibration", "Calibration and evaluation must be different samples.", "sets_mix"
        )
    try:
        with transaction.atomic():
            return EvaluationSet.objects.create(
                namespace=namespace,
                name=new.name,
                metric=new.metric,
                labels=new.labels,
                task=new.task,
                evaluation_blob=evaluation,
                evaluation_count=_count(evaluation, "evaluation"),
                calibration_blob=calibration,
                calibration_count=_count(calibration, "calibration") if calibration else 0,
            )
    except IntegrityError as error:
        raise NameTaken(
            f"'{new.owner}/{new.name}' is taken. Choose another name.", details={"name": ["taken"]}
        ) from error


def _blob(upload: UploadSession, field: str) -> Blob:
    inspection = upload.inspection
    if upload.state != UploadState.ACCEPTED or inspection is None or upload.blob is None:
        raise invalid_field(field, "Finish this upload first.", "upload_not_complete")
    if inspection.format != "safetensors":
        raise invalid_field(field, "A safetensors file is expected.", "wrong_format")
    return upload.blob


def _count(blob: Blob, field: str) -> int:
    header = _header(blob)
    shapes = [header.get(name, {}).get("shape") for name in ("samples", "labels")]
    if not all(shapes) or shapes[0][0] != shapes[1][0]:
        raise invalid_field(
            field,
            "The file needs the tensors `samples` and `labels`, of one length.",
            "wrong_format",
        )
    return int(shapes[0][0])


def _header(blob: Blob) -> dict[str, Any]:
    """Read the JSON head of a file that the sandboxed reader has found to be sound."""
    with blob_store().open(blob.sha256) as content:
        (length,) = struct.unpack("<Q", content.read(8))
        found: dict[str, Any] = json.loads(content.read(length))
    return found
