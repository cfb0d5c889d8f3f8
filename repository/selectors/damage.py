"""Whose bytes are damaged: what an administrator has to bring back."""

import datetime as dt
from dataclasses import dataclass

from repository.models import AiModel, ArtifactFile, Blob, EvaluationSet, ModelFile

MOST = 100


@dataclass(frozen=True)
class Damage:
    """A file whose stored bytes are not what their digest says, or are gone.

    Without a model it is a test set's, then `path` names the set, or nobody's any more.
    """

    model: str
    path: str
    sha256: str
    since: dt.datetime


def list_damage() -> list[Damage]:
    """Return the files of damaged blobs by model, those found first before others."""
    damaged = Blob.objects.filter(damaged_at__isnull=False).order_by("damaged_at")[:MOST]
    since = {blob.sha256: blob.damaged_at for blob in damaged if blob.damaged_at}
    places = _places(list(since))
    models = AiModel.objects.select_related("namespace").in_bulk({pk for pk, _, _ in places})
    found = [
        Damage(str(models[pk]) if pk else "", path, sha256, since[sha256])
        for pk, path, sha256 in sorted(places)
    ]
    named = {row.sha256 for row in found}
    nobodys = [Damage("", "", sha256, at) for sha256, at in since.items() if sha256 not in named]
    return [*found, *nobodys]


def _places(digests: list[str]) -> set[tuple[int, str, str]]:
    """Return model, path and digest of every file of these blobs; 0 stands for no model."""
    files = ModelFile.objects.filter(blob__in=digests)
    made = ArtifactFile.objects.filter(blob__in=digests)
    sets = EvaluationSet.objects.all()
    return {
        *files.values_list("revision__ai_model", "path", "blob"),
        *made.values_list("artifact__revision__ai_model", "path", "blob"),
        *(
            (0, name, digest)
            for field in ("evaluation_blob", "calibration_blob")
            for name, digest in sets.filter(**{f"{field}__in": digests}).values_list("name", field)
        ),
    }
