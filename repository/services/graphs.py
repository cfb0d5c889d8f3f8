"""The graph of a revision's model file, read anew for whoever looks at it."""

from dataclasses import dataclass
from typing import Any

from portal.core.errors import NotFound
from portal.core.sandbox.run import Level
from repository.blobs.store import blob_store
from repository.models import Artifact, Revision
from repository.readers.ask_graph import GRAPH_FORMATS, GraphUnreadable, graph_nodes
from repository.readers.formats import Format
from repository.selectors.files import first_of_formats
from repository.types import ArtifactFormat, ArtifactOrigin, Precision

KINDS = {ArtifactFormat.ONNX: Format.ONNX, ArtifactFormat.PYTORCH: Format.SAFETENSORS}
"""What of a device file is read for its graph."""


class NoGraph(NotFound):
    code = "no_graph"


@dataclass(frozen=True)
class GraphSource:
    """One file of a revision with a graph, and the device file that it is or belongs to."""

    path: str
    format: Format
    sha256: str
    artifact: Artifact | None


@dataclass(frozen=True)
class Graph:
    """The nodes of one file: operators, or tensors where the file holds no operators."""

    source: GraphSource
    choices: list[GraphSource]
    nodes: list[dict[str, Any]]


def graph_sources(revision: Revision) -> list[GraphSource]:
    """Return the files of a revision that have a graph, the one that tells most first.

    Operators tell more than tensors, what was uploaded more than what was made of it, and floats
    more than integers.
    """
    rows = revision.artifacts.filter(format__in=KINDS).exclude(origin=ArtifactOrigin.PUBLISHED)
    found = []
    for artifact in rows.order_by("pk").prefetch_related("files"):
        kind = KINDS[ArtifactFormat(artifact.format)]
        for file in artifact.files.all():
            if file.path.endswith(f".{kind.value}"):
                found.append(GraphSource(file.path, kind, file.blob_id, artifact))
                break
    uploaded = first_of_formats(revision, GRAPH_FORMATS)
    if uploaded and uploaded[1].blob_id not in {source.sha256 for source in found}:
        kind, loose = uploaded
        found.append(GraphSource(loose.path, kind, loose.blob_id, None))
    return sorted(found, key=_rank)


def _rank(source: GraphSource) -> tuple[int, bool, bool]:
    artifact = source.artifact
    is_made = artifact is not None and artifact.origin == ArtifactOrigin.CONVERTED
    is_rounded = artifact is not None and artifact.precision != Precision.FP32
    return (GRAPH_FORMATS.index(source.format), is_made, is_rounded)


def read_revision_graph(revision: Revision, artifact: int | None, *, worst: int) -> Graph:
    """Return the graph of a device file, or that of the file which tells most.

    Refuses a revision or device file that has none, and a graph that is too large to be told.
    """
    choices = graph_sources(revision)
    if not choices:
        raise NoGraph(
            f"Version {revision} has no ONNX or safetensors file. Convert it to ONNX for a graph."
        )
    wanted = [
        one
        for one in choices
        if artifact is None or (one.artifact is not None and one.artifact.pk == artifact)
    ]
    if not wanted:
        raise NoGraph(f"Version {revision} has no device file {artifact} with a graph.")
    source = wanted[0]
    try:
        path = blob_store().path(source.sha256)
        nodes = graph_nodes(path, source.format, worst=Level(worst))
    except GraphUnreadable as error:
        raise NoGraph(
            f"The graph of {source.path} is too large to be shown. Download the file to look at it."
        ) from error
    return Graph(source, choices, nodes)
