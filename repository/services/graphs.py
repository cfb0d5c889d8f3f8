"""The graph of a revision's model file, read anew for whoever looks at it."""

from dataclasses import dataclass
from typing import Any

from portal.core.errors import NotFound
from portal.core.sandbox.run import Level
from repository.blobs.store import blob_store
from repository.models import ModelFile, Revision
from repository.readers.ask_graph import GRAPH_FORMATS, GraphUnreadable, graph_nodes
from repository.readers.formats import Format
from repository.selectors.files import list_files
from repository.types import FileStatus


class NoGraph(NotFound):
    code = "no_graph"


@dataclass(frozen=True)
class Graph:
    """The nodes of one file: operators, or tensors where the file holds no operators."""

    path: str
    format: Format
    nodes: list[dict[str, Any]]


def read_revision_graph(revision: Revision, *, worst: int) -> Graph:
    """Return the graph of the first ONNX file of a revision, else of its first safetensors file.

    Refuses a revision that has neither, and a file whose graph is too large to be told.
    """
    found = [(kind, file) for file in list_files(revision) if (kind := _kind(file))]
    if not found:
        raise NoGraph(
            f"Version {revision} has no ONNX or safetensors file. Convert it to ONNX for a graph."
        )
    kind, file = min(found, key=lambda pair: pair[0] is not Format.ONNX)
    try:
        nodes = graph_nodes(blob_store().path(file.blob.sha256), kind, worst=Level(worst))
    except GraphUnreadable as error:
        raise NoGraph(
            f"The graph of {file.path} is too large to be shown. Download the file to look at it."
        ) from error
    return Graph(file.path, kind, nodes)


def _kind(file: ModelFile) -> Format | None:
    accepted = {
        row.format for row in file.blob.inspections.all() if row.status == FileStatus.ACCEPTED
    }
    return next((kind for kind in GRAPH_FORMATS if kind in accepted), None)
