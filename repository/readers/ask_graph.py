"""Asking a sandboxed child for the graph of a model file."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from portal.core.sandbox.run import Level, python_argv, run
from repository.readers.formats import Format
from repository.readers.inspect import LIMITS

GRAPH_FORMATS = (Format.ONNX, Format.SAFETENSORS)
"""The richer first."""
FIELDS = frozenset(
    {
        "name",
        "operator",
        "modules",
        "inputs",
        "outputs",
        "shape",
        "dtype",
        "parameters",
        "weights",
        "attributes",
    }
)


class GraphUnreadable(Exception):
    """The child ended before it had told the whole graph."""


def graph_nodes(path: Path, kind: Format, *, worst: Level = Level.RLIMITS) -> list[dict[str, Any]]:
    """Return the nodes of a file in its own order.

    Raises GraphUnreadable where the child crashed or exceeded its limits, and SandboxTooWeak
    where no sandbox as good as `worst` is to be had.
    """
    lines: list[str] = []
    ended = run(
        python_argv("repository.readers.graph", str(path.resolve()), kind.value),
        readable=[path],
        limits=dataclasses.replace(LIMITS, memory_bytes=2 * 2**30),
        on_line=lines.append,
        worst=worst,
        grace_s=1,
    )
    if ended.returncode:
        raise GraphUnreadable(ended.killed_by_limit or "crash")
    try:
        return [_decoded(json.loads(line)) for line in lines]
    except ValueError as error:
        raise GraphUnreadable("words") from error


def _decoded(said: Any) -> dict[str, Any]:
    """Check what the child said: it has read hostile bytes, so its word is data like any other."""
    if not isinstance(said, dict) or set(said) != FIELDS:
        raise ValueError("not a node")
    return said
