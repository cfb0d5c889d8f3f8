"""Where a revision's model file is looked at as it is, in a viewer that we did not write."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlencode

from django.db.models import QuerySet

from portal.core.errors import NotFound
from repository.blobs.delivery import signed_place
from repository.models import ArtifactFile, ModelFile, Revision
from repository.readers.formats import Format
from repository.selectors.files import first_of_formats, refuse_damaged

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
class RawView:
    """One file, and the address of the viewer that opens it; whoever has it sees the file."""

    path: str
    url: str
    viewer: str
    notice: str


def open_raw_view(revision: Revision) -> RawView:
    """Return the view of the file that tells most of a revision's model, an ONNX file first.

    Refuses a revision without a file that Netron reads, and one whose bytes are damaged.
    """
    found = first_of_formats(revision, _VIEWED)
    if found is None:
        raise NoRawView(
            f"Version {revision} has no file that the raw view reads. Convert it to ONNX for one."
        )
    _, file = found
    refuse_damaged(file.blob_id)
    name, place = _signed(file)
    beside = dict(_signed(one) for one in _beside(revision, file))
    asked = urlencode({"url": place, "identifier": name, "beside": json.dumps(beside)})
    return RawView(file.path, f"{NETRON}?{asked}", f"Netron {NETRON_VERSION}", NETRON + NOTICE)


def _signed(file: ModelFile | ArtifactFile) -> tuple[str, str]:
    name = file.path.rpartition("/")[2]
    return name, signed_place(file.blob_id, name, "application/octet-stream")


def _beside(revision: Revision, file: ModelFile) -> QuerySet[ArtifactFile]:
    """Return what makes up a device file together with this one, such as the weights of its net."""
    same = revision.artifacts.filter(files__path=file.path, files__blob=file.blob_id)
    others = ArtifactFile.objects.filter(artifact__in=same[:1]).exclude(path=file.path)
    return others.order_by("path")[:MOST_BESIDE]
