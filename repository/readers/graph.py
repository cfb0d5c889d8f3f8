"""The sandboxed child that tells a model's graph: `python -m repository.readers.graph FILE FORMAT`.

It prints a JSON object a line: one for each operator, or for each tensor of a file that holds
no operators.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx

from repository.readers.finding import printable
from repository.readers.formats import Format
from repository.readers.onnx_file import read_graph
from repository.readers.onnx_modules import modules_of
from repository.readers.onnx_tensors import DTYPES, Initializer
from repository.readers.safetensors_file import tensor_entries
from repository.readers.source import Source

MOST_NODES = 20_000
MOST_NAMES = 64
MOST_ATTRIBUTES = 32
PLAIN_ATTRIBUTES = frozenset(
    {
        onnx.AttributeProto.INT,
        onnx.AttributeProto.INTS,
        onnx.AttributeProto.FLOAT,
        onnx.AttributeProto.FLOATS,
        onnx.AttributeProto.STRING,
    }
)


def graph_of(path: Path, kind: Format) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a file that was accepted as ONNX or safetensors before."""
    with Source(path) as source:
        yield from _operators(source) if kind is Format.ONNX else _tensors(source)


def _operators(source: Source) -> Iterator[dict[str, Any]]:
    model, initializers = read_graph(source)
    weights = {tensor.name: tensor for tensor in initializers}
    shapes = _shapes(model, initializers)
    nodes = model.graph.node[:MOST_NODES]
    for place, (node, modules) in enumerate(zip(nodes, modules_of(nodes), strict=True)):
        inputs = [name for name in node.input if name and name not in weights]
        used = [weights[name] for name in node.input if name in weights]
        yield {
            "name": printable(node.name or f"{node.op_type}_{place}"),
            "operator": printable(node.op_type, 80),
            "modules": modules,
            "inputs": [printable(name) for name in inputs[:MOST_NAMES]],
            "outputs": [printable(name) for name in node.output[:MOST_NAMES] if name],
            "shape": next((shapes[name] for name in node.output if name in shapes), []),
            "dtype": "",
            "parameters": sum(tensor.count for tensor in used),
            "weights": [_weight(tensor) for tensor in used[:MOST_NAMES]],
            "attributes": dict(_attributes(node)),
        }


def _shapes(model: onnx.ModelProto, initializers: list[Initializer]) -> dict[str, list[Any]]:
    """Return the shape of each value, as far as ONNX can tell it without the weights."""
    given = {value.name for value in model.graph.input}
    model.graph.input.extend(
        onnx.helper.make_tensor_value_info(tensor.name, tensor.dtype, tensor.dims)
        for tensor in initializers
        if tensor.name not in given
    )
    try:
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except (onnx.shape_inference.InferenceError, ValueError):
        graph = model.graph
    return {
        value.name: [
            dim.dim_value if dim.HasField("dim_value") else printable(dim.dim_param, 80) or -1
            for dim in value.type.tensor_type.shape.dim[:MOST_NAMES]
        ]
        for value in (*graph.value_info, *graph.output)
        if value.type.tensor_type.HasField("shape")
    }


def _weight(tensor: Initializer) -> dict[str, Any]:
    return {
        "name": printable(tensor.name),
        "dtype": DTYPES.get(tensor.dtype, ("unknown", 0))[0],
        "shape": tensor.dims,
    }


def _attributes(node: onnx.NodeProto) -> Iterator[tuple[str, str]]:
    for attribute in node.attribute[:MOST_ATTRIBUTES]:
        if attribute.type in PLAIN_ATTRIBUTES:
            value = onnx.helper.get_attribute_value(attribute)
            shown = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            yield printable(attribute.name, 80), printable(shown)


def _tensors(source: Source) -> Iterator[dict[str, Any]]:
    for name, dtype, shape, count in tensor_entries(source)[:MOST_NODES]:
        yield {
            "name": printable(name),
            "operator": "",
            "modules": [],
            "inputs": [],
            "outputs": [],
            "shape": shape,
            "dtype": dtype,
            "parameters": count,
            "weights": [],
            "attributes": {},
        }


def main() -> None:
    path, kind = sys.argv[1:]
    for node in graph_of(Path(path), Format(kind)):
        sys.stdout.write(json.dumps(node, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
