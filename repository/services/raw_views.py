"""Where a revision's model file is looked at as it is, in a viewer that we did not write."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import PurePosixPath
from urllib.parse import urlencode

from django.db.models import QuerySet

from portal.core.errors import NotFound
from repository.blobs.delivery import signed_place
from repository.models import Artifact, ArtifactFile, ModelFile, Revision
from repository.readers.formats import EXTENSIONS, Format
from repository.selectors.files import first_of_formats, refuse_damaged
from repository.types import ArtifactOrigin

NETRON_VERSION = version("netron")
NETRON = f"/netron/{NETRON_VERSION}/"
NOTICE = "LICENSE"
MOST_BESIDE = 8
_VIEWED = (
    Format.ONNX,
    Format.SAFETENSORS,
    Format.TFLITE,
    Format.OPENVINO,
    Format.TORCH_EXPORT,
    Format.GGUF,
)


class NoRawView(NotFound):
    code = "no_raw_view"


@dataclass(frozen=True)
class RawSource:
    """One file that the viewer reads, and the device file that it is or belongs to."""

    path: str
    format: Format
    file: ModelFile | ArtifactFile
    artifact: Artifact | None


@dataclass(frozen=True)
class RawView:
    """One file, and the address of the viewer that opens it; whoever has it sees the file."""

    source: RawSource
    choices: list[RawSource]
    url: str
    viewer: str
    notice: str


def raw_sources(revision: Revision) -> list[RawSource]:
    """Return the files that the viewer reads: the one that tells most, an ONNX file first."""
    found = []
    rows = revision.artifacts.exclude(origin=ArtifactOrigin.PUBLISHED)
    for artifact in rows.order_by("pk").prefetch_related("files"):
        for file in artifact.files.all():
            kind = _read_as(file.path)
            if kind is not None:
                found.append(RawSource(file.path, kind, file, artifact))
                break
    most = first_of_formats(revision, _VIEWED)
    if most is None:
        return found
    # What was uploaded is a device file as well, where it can be run as it is.
    same = [one for one in found if one.file.blob_id == most[1].blob_id][:1]
    first = same or [RawSource(most[1].path, *most, None)]
    return [*first, *[one for one in found if one not in first]]


def open_raw_view(revision: Revision, artifact: int | None = None) -> RawView:
    """Return the view of a device file, or of the file that tells most of a revision's model.

    Refuses a revision or device file without a file that Netron reads, and one whose bytes are
    damaged.
    """
    choices = raw_sources(revision)
    wanted = [one for one in choices if artifact in (None, one.artifact and one.artifact.pk)]
    if not wanted:
        which = f"Version {revision}" if artifact is None else f"Device file {artifact}"
        raise NoRawView(
            f"{which} has no file that the raw view reads. Convert the model to ONNX for one."
        )
    source = wanted[0]
    refuse_damaged(source.file.blob_id)
    name, place = _signed(source.file)
    beside = dict(_signed(one) for one in _beside(source))
    asked = urlencode({"url": place, "identifier": name, "beside": json.dumps(beside)})
    viewer = f"Netron {NETRON_VERSION}"
    return RawView(source, choices, f"{NETRON}?{asked}", viewer, NETRON + NOTICE)


def _read_as(path: str) -> Format | None:
    suffix = PurePosixPath(path).suffix
    return next((kind for kind in _VIEWED if suffix in EXTENSIONS[kind]), None)


def _signed(file: ModelFile | ArtifactFile) -> tuple[str, str]:
    name = file.path.rpartition("/")[2]
    return name, signed_place(file.blob_id, name, "application/octet-stream")


def _beside(source: RawSource) -> QuerySet[ArtifactFile]:
    """Return what makes up a device file together with this one, such as the weights of its net."""
    others = ArtifactFile.objects.filter(artifact=source.artifact).exclude(path=source.path)
    return others.order_by("path")[:MOST_BESIDE]
