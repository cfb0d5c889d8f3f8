"""Looking into an ONNX file before a tool is let at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from ondol_runner.protocol import InputSpec, Usage, sentence

from jobs.converters.base import ConversionRefused, RefusalCode

FREE = -1
# Operators that ONNX Runtime adds by itself; their schemas are not in the onnx package.
CONTRIBUTED = ("com.microsoft", "com.microsoft.nchwc")
DEFAULT_DOMAINS = ("", "ai.onnx")


def find_model(folder: Path) -> Path:
    """Return the one ONNX file of an artifact, or refuse."""
    found = sorted(folder.rglob("*.onnx"))
    if len(found) != 1:
        raise ConversionRefused(
            RefusalCode.TOOL_FAILED,
            sentence(
                "one_onnx_file",
                "The source needs exactly one .onnx file; it has {files}.",
                files=len(found),
            ),
        )
    return found[0]


def read_model(path: Path) -> onnx.ModelProto:
    """Return the graph, without weights that lie in other files, or refuse."""
    try:
        return onnx.load(path, load_external_data=False)
    except DecodeError as error:
        raise ConversionRefused(
            RefusalCode.TOOL_FAILED,
            sentence(
                "onnx_damaged",
                "{file} cannot be read as ONNX: it is damaged or cut.",
                file=path.name,
            ),
        ) from error


def check_input(model: onnx.ModelProto, usage: Usage) -> None:
    """Refuse where the usage feeds another shape than the model declares."""
    declared = model_inputs(model)
    if len(declared) != 1 or len(usage.inputs) != 1:
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "one_input_converted",
                "The model takes {wanted} inputs and the usage names {given}; "
                "only models of one input are converted.",
                wanted=len(declared),
                given=len(usage.inputs),
            ),
        )
    shape = declared_shape(declared[0])
    wanted = usage.inputs[0].shape
    if shape is not None and not _agree(shape, wanted):
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "usage_shape",
                "The model's input '{input}' has the shape {wanted}; the usage says {given}. "
                "Correct `inputs[0].shape` of the usage.",
                input=declared[0].name,
                wanted=shape,
                given=wanted,
            ),
        )


def sizes_of(spec: InputSpec) -> list[int]:
    """Return the shape of one sample, or refuse where the usage leaves it open."""
    batch, sizes = spec.shape[:1], spec.shape[1:]
    if not sizes or min(sizes) < 1 or (batch[0] < 1 and batch[0] != FREE):
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "usage_shape_open",
                "The usage gives input '{input}' the shape {shape}. A conversion needs every size "
                "as a number above 0; only the first, the batch, may be -1.",
                input=spec.name,
                shape=spec.shape,
            ),
        )
    return sizes


def model_inputs(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """Return what has to be fed; older files list weights among the inputs."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def declared_shape(value: onnx.ValueInfoProto) -> list[int] | None:
    """Return a shape with -1 for what is free, or None where the file does not tell."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return [size.dim_value if size.dim_value > 0 else FREE for size in tensor.shape.dim]


def unknown_operators(model: onnx.ModelProto) -> list[str]:
    """Return the operators that neither ONNX nor ONNX Runtime defines, as `domain.name`."""
    versions = {entry.domain: entry.version for entry in model.opset_import}
    own = {(function.domain, function.name) for function in model.functions}
    unknown: dict[str, None] = {}
    for node in _nodes(model.graph):
        if (node.domain, node.op_type) in own or node.domain in CONTRIBUTED:
            continue
        domain = "" if node.domain in DEFAULT_DOMAINS else node.domain
        version = versions.get(domain, versions.get("ai.onnx", 1))
        if not onnx.defs.has(node.op_type, version, domain):
            unknown[f"{domain}.{node.op_type}".lstrip(".")] = None
    return list(unknown)


def refuse_operators(names: list[str], tool: str) -> ConversionRefused:
    """Return the refusal that names the operators a tool does not know."""
    return ConversionRefused(
        RefusalCode.UNSUPPORTED_OPERATOR,
        sentence(
            "unknown_operators",
            "{tool} has no conversion for the operator {names}. "
            "Export the model without it, or with operators of the ONNX standard in its place.",
            tool=tool,
            names=", ".join(names),
        ),
    )


def _agree(declared: list[int], wanted: list[int]) -> bool:
    return len(declared) == len(wanted) and all(
        FREE in (one, other) or one == other for one, other in zip(declared, wanted, strict=True)
    )


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Walk all nodes, those in the branches of If and Loop among them."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)
