"""What readers found of a revision's network: how many parameters, and what goes in."""

from dataclasses import dataclass
from typing import Any

from repository.models import Inspection, Revision
from repository.readers.formats import Format
from repository.types import FileStatus

_TELLING = (
    Format.ONNX,
    Format.SAFETENSORS,
    Format.TFLITE,
    Format.TORCH_EXPORT,
    Format.GGUF,
    Format.OPENVINO,
)


@dataclass(frozen=True)
class Network:
    parameters: int | None
    inputs: list[dict[str, Any]]


def find_network(revision: Revision) -> Network | None:
    """Return what the files say of the network, the format that tells most first.

    Of a format with several files, as of a model that is several networks, none speaks for all.
    """
    rows = Inspection.objects.filter(
        blob__in=revision.files.values("blob"), status=FileStatus.ACCEPTED, format__in=_TELLING
    )
    facts: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows.order_by("pk"):
        facts.setdefault(row.format, {})[row.blob_id] = row.facts
    alone = [
        found
        for kind in _TELLING
        if len(facts.get(kind, {})) == 1
        for found in facts[kind].values()
    ]
    parameters = next(filter(None, (found.get("parameters") for found in alone)), None)
    inputs: list[dict[str, Any]] = next(filter(None, (found.get("inputs") for found in alone)), [])
    return Network(parameters, inputs) if parameters or inputs else None
