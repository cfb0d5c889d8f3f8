"""The modules around each operator, as PyTorch's newer exporter writes them beside the graph.

It names operators `node_conv2d_3`, and tells what they are part of in their metadata:
`: net.Net/layer1.0: net.Block/layer1.0.conv1: torch.nn.modules.conv.Conv2d/conv2d_3: aten.conv2d`.
"""

from collections.abc import Iterable, Sequence

import onnx

from repository.readers.finding import printable

KEY = "namespace"
MOST_MODULES = 32
Modules = list[dict[str, str]]
"""The outermost first: each one's whole name, and its class as far as it is told."""


def modules_of(nodes: Sequence[onnx.NodeProto]) -> list[Modules]:
    """Return the modules around each node; empty lists for a file that tells of none."""
    told = [_told(node) for node in nodes]
    if not any(told):
        return [[] for _ in nodes]
    before = _nearest(told)
    after = _nearest(told[::-1])[::-1]
    return [
        _with_its_weight(node, modules) if modules is not None else _shared(*around)
        for node, modules, *around in zip(nodes, told, before, after, strict=True)
    ]


def _told(node: onnx.NodeProto) -> Modules | None:
    """Return what is told of a node; None for nodes that the exporter's optimizer put in."""
    spaces = [entry.value for entry in node.metadata_props if entry.key == KEY]
    # The first part is the network itself, and the last is the operator.
    parts = [part.partition(": ") for space in spaces[:1] for part in space.split("/")[1:-1]]
    if not spaces:
        return None
    return [
        {"name": printable(name), "kind": printable(kind.rpartition(".")[2], 80)}
        for name, _, kind in parts[:MOST_MODULES]
    ]


def _with_its_weight(node: onnx.NodeProto, modules: Modules) -> Modules:
    """Put a convolution that took a normalization in back where its weights are."""
    if not modules or "Norm" not in modules[-1]["kind"] or "Norm" in node.op_type:
        return modules
    around = modules[-1]["name"].rpartition(".")[0]
    owners = [printable(name.rpartition(".")[0]) for name in node.input[1:2]]
    return [
        *modules[:-1],
        *({"name": name, "kind": ""} for name in owners if name.rpartition(".")[0] == around),
    ]


def _nearest(told: Iterable[Modules | None]) -> list[Modules]:
    """Return for each place what was told last."""
    nearest: Modules = []
    found = []
    for modules in told:
        nearest = nearest if modules is None else modules
        found.append(nearest)
    return found


def _shared(before: Modules, after: Modules) -> Modules:
    """Return the modules that what stands before a node and what stands after it both are in."""
    shared = []
    for one, other in zip(before, after, strict=False):
        if one["name"] != other["name"]:
            break
        shared.append(one)
    return shared
