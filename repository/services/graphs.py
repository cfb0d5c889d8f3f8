"""The graph of a revision's model file, read anew for whoever looks at it."""

from dataclasses import dataclass
from typing import Any

from portal.core.errors import NotFound
from portal.core.sandbox.run import Level
from repository.blobs.store import blob_store
from repository.models import Revision
from repository.readers.ask_graph import GRAPH_FORMATS, GraphUnreadable, graph_nodes
from repository.readers.formats import Format
from repository.selectors.files import first_of_formats


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
    found = first_of_formats(revision, GRAPH_FORMATS)
    if found is None:
        raise NoGraph(
            f"Version {revision} has no ONNX or safetensors file. Convert it to ONNX for a graph."
        )
    kind, file = found
    try:
        nodes = graph_nodes(blob_store().path(file.blob.sha256), kind, worst=Level(worst))
    except GraphUnreadable as error:
        raise NoGraph(
            f"The graph of {file.path} is too large to be shown. Download the file to look at it."
        ) from error
    return Graph(file.path, kind, nodes)
