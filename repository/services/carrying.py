"""Device files that a new version did not change: made once, measured once, kept.

An artifact belongs to one revision. Where a later revision of the model has the same bytes, fed the
same way, it has an artifact of its own with the same `content_sha256`, and what is learned of one
counts for all.
"""

import hashlib
import json

from django.db.models import QuerySet

from repository.models import Artifact, ArtifactFigure, ArtifactFile, Revision, UsageSpec
from repository.types import ArtifactOrigin

KEY = ("format", "precision", "component", "recipe_sha256")
TOLD = (
    "origin",
    "recipe",
    "size_bytes",
    "evaluation_set",
    "metric",
    "accuracy",
    "source_accuracy",
    "accuracy_device",
    "content_sha256",
)
FIGURE = (
    "profile",
    "device",
    "engine",
    "compute_unit",
    "p50_ms",
    "p50_low_ms",
    "p50_high_ms",
    "p95_ms",
    "peak_memory_bytes",
    "verdict",
    "origin",
    "measured_at",
)


def seal_content(artifact: Artifact) -> None:
    """Keep the digest by which an artifact is known again in another revision of its model."""
    usage = UsageSpec.objects.filter(revision=artifact.revision_id)
    content = {
        "form": [getattr(artifact, name) for name in KEY],
        "files": sorted(artifact.files.values_list("path", "blob")),
        "usage": list(usage.values_list("inputs", "labels", "output")),
    }
    text = json.dumps(content, sort_keys=True).encode()
    artifact.content_sha256 = hashlib.sha256(text).hexdigest()
    artifact.save(update_fields=["content_sha256"])


def twins_of(artifact: Artifact) -> QuerySet[Artifact]:
    """Return the same artifact in the other revisions of its model."""
    if not artifact.content_sha256:
        return Artifact.objects.none()
    same = Artifact.objects.filter(
        revision__ai_model=artifact.revision.ai_model_id, content_sha256=artifact.content_sha256
    )
    return same.exclude(pk=artifact.pk)


def carry_artifacts(base: Revision, revision: Revision) -> None:
    """Give a revision what was made and measured of the files it has in common with `base`.

    Published figures, which come without files, stay as long as no file of the model changed.
    """
    earlier = list(base.artifacts.order_by("id").prefetch_related("files", "figures"))
    uploaded = set(revision.artifacts.values_list("content_sha256", flat=True))
    before = {row.content_sha256 for row in earlier if row.origin == ArtifactOrigin.UPLOADED}
    kept: dict[int, Artifact] = {}
    for row in earlier:
        if row.origin == ArtifactOrigin.UPLOADED and row.content_sha256 in uploaded:
            kept[row.pk] = _copy(row, revision, None)
        elif row.origin == ArtifactOrigin.CONVERTED and row.source_id in kept:
            kept[row.pk] = _copy(row, revision, kept[row.source_id])
        elif row.origin == ArtifactOrigin.PUBLISHED and before == uploaded:
            kept[row.pk] = _copy(row, revision, None)


def carry_on(artifact: Artifact) -> None:
    """Give a new conversion to each revision that has its source."""
    if artifact.source is not None:
        for source in twins_of(artifact.source).select_related("revision"):
            _copy(artifact, source.revision, source)


def _copy(artifact: Artifact, revision: Revision, source: Artifact | None) -> Artifact:
    told = {name: getattr(artifact, name) for name in TOLD}
    key = {name: getattr(artifact, name) for name in KEY}
    twin, _ = Artifact.objects.update_or_create(
        revision=revision, **key, defaults={**told, "source": source}
    )
    twin.files.all().delete()
    ArtifactFile.objects.bulk_create(
        ArtifactFile(artifact=twin, path=file.path, blob_id=file.blob_id)
        for file in artifact.files.all()
    )
    twin.figures.all().delete()
    ArtifactFigure.objects.bulk_create(
        ArtifactFigure(artifact=twin, **{name: getattr(figure, name) for name in FIGURE})
        for figure in artifact.figures.all()
    )
    return twin
