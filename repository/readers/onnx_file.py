"""ONNX: the graph is read and checked without its weights, which may be larger than memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import onnx
from google.protobuf.message import DecodeError, Message

from repository.readers.finding import Code, Rejected, invalid, printable, tensor_fact, truncated
from repository.readers.onnx_tensors import DTYPES, Initializer, check_location, read_initializer
from repository.readers.protobuf import BYTES, GOES_ON, Field, fields
from repository.readers.source import Source

MODEL_FIELDS = frozenset(onnx.ModelProto.DESCRIPTOR.fields_by_number)
GRAPH_FIELDS = frozenset(onnx.GraphProto.DESCRIPTOR.fields_by_number)
GRAPH = 7
INITIALIZER = 5
SMALL = 4096
"""Initializers up to this size stay in what the checker sees: shapes and scales are among them."""
MOST_GRAPH_BYTES = 256 * 2**20
MOST_LISTED = 64


def looks_like_onnx(source: Source, *, named_so: bool) -> bool:
    """Tell whether a file begins like an ONNX model: only known fields, up to a graph.

    ONNX has no magic number. Under its own name a first field will do, so that a file that was
    cut short is told from one of another kind.
    """
    seen = 0
    try:
        for part in fields(source, 0, source.size):
            if part.number not in MODEL_FIELDS:
                return False
            seen += 1
            if part.number == GRAPH:
                return seen > 1 and part.wire_type == BYTES
    except Rejected as refusal:
        return named_so and refusal.code is Code.TRUNCATED and _first_field_is_known(source)
    return named_so and seen > 0


def _first_field_is_known(source: Source) -> bool:
    tag = source.read(0, 1)[0]
    return tag >> 3 in MODEL_FIELDS and tag & 7 in {0, 2}


def read_onnx(source: Source) -> dict[str, Any]:
    """Return the facts of a model that the ONNX checker finds in order."""
    model, initializers = read_graph(source)
    names = {given.name for given in model.graph.input}
    facts = _facts(model, initializers)
    _check_nested(model)
    model.graph.input.extend(
        _stand_in(tensor) for tensor in initializers if tensor.name not in names and _is_big(tensor)
    )
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        reason = printable(str(error).strip().partition("\n")[0], 200)
        raise Rejected(
            Code.INVALID, f"is not a valid ONNX model: {reason} Export it again."
        ) from error
    return facts


def read_graph(source: Source) -> tuple[onnx.ModelProto, list[Initializer]]:
    """Return a model without its large weights, and what all its weights say of themselves."""
    kept, initializers = _without_weights(source)
    try:
        return onnx.ModelProto.FromString(kept), initializers
    except DecodeError as error:
        raise invalid("its graph cannot be decoded") from error


def _without_weights(source: Source) -> tuple[bytes, list[Initializer]]:
    """Return the message without its large initializers, and what those say of themselves."""
    kept: list[bytes] = []
    initializers: list[Initializer] = []
    graphs = 0
    for part in _known(source, 0, source.size, MODEL_FIELDS):
        if part.number != GRAPH:
            kept.append(source.read(part.start, part.end - part.start))
            continue
        graphs += 1
        inner = _graph(source, part, initializers)
        kept.append(_delimited(GRAPH, inner))
        if sum(map(len, kept)) > MOST_GRAPH_BYTES:
            raise invalid("its graph without the weights is larger than any should be")
    if graphs != 1:
        raise truncated("holds no graph") if graphs == 0 else invalid("it holds two graphs")
    return b"".join(kept), initializers


def _graph(source: Source, place: Field, initializers: list[Initializer]) -> bytes:
    kept = bytearray()
    for part in _known(source, place.begin, place.end, GRAPH_FIELDS):
        if part.number == INITIALIZER:
            tensor = read_initializer(source, part)
            initializers.append(tensor)
            if _is_big(tensor):
                continue
        kept += source.read(part.start, part.end - part.start)
        if len(kept) > MOST_GRAPH_BYTES:
            raise invalid("its graph without the weights is larger than any should be")
    return bytes(kept)


def _is_big(tensor: Initializer) -> bool:
    return tensor.is_external or tensor.count > SMALL


def _known(source: Source, begin: int, end: int, numbers: Iterable[int]) -> Iterator[Field]:
    for part in fields(source, begin, end):
        if part.number not in numbers:
            raise invalid("it has fields that ONNX does not know")
        yield part


def _delimited(number: int, content: bytes) -> bytes:
    head = bytearray([number << 3 | BYTES])
    length = len(content)
    while length >= GOES_ON:
        head.append(length % GOES_ON | GOES_ON)
        length //= GOES_ON
    return bytes([*head, length]) + content


def _stand_in(tensor: Initializer) -> onnx.ValueInfoProto:
    """Return an input in place of a weight: the checker then sees the same names and types."""
    return onnx.helper.make_tensor_value_info(tensor.name, tensor.dtype, tensor.dims)


def _check_nested(model: onnx.ModelProto) -> None:
    """Refuse weights in other files anywhere else than among the graph's own initializers."""
    for message in _messages(model):
        if isinstance(message, onnx.TensorProto) and message.external_data:
            entries = {entry.key: entry.value for entry in message.external_data}
            check_location(entries.get("location", ""))
            raise Rejected(
                Code.EXTERNAL_DATA,
                "keeps a constant inside its graph in another file. Save it into the file itself.",
            )


def _facts(model: onnx.ModelProto, initializers: list[Initializer]) -> dict[str, Any]:
    graph = model.graph
    weights = {tensor.name for tensor in initializers}
    operators = Counter(
        message.op_type for message in _messages(model) if isinstance(message, onnx.NodeProto)
    )
    given = [value for value in graph.input if value.name not in weights]
    files = {tensor.external["location"] for tensor in initializers if tensor.is_external}
    return {
        "opset": max(
            (o.version for o in model.opset_import if o.domain in {"", "ai.onnx"}), default=0
        ),
        "ir_version": model.ir_version,
        "producer": printable(f"{model.producer_name} {model.producer_version}".strip()),
        "inputs": [_value(value) for value in given[:MOST_LISTED]],
        "outputs": [_value(value) for value in graph.output[:MOST_LISTED]],
        "parameters": sum(tensor.count for tensor in initializers),
        "tensors": len(initializers),
        "operators": {printable(name, 80): count for name, count in operators.most_common(200)},
        "node_count": operators.total(),
        "external_files": sorted(files),
        "metadata": {
            printable(entry.key): printable(entry.value, 500)
            for entry in model.metadata_props[:MOST_LISTED]
        },
    }


def _value(value: onnx.ValueInfoProto) -> dict[str, Any]:
    kind = value.type.tensor_type
    shape = [
        dim.dim_value if dim.HasField("dim_value") else printable(dim.dim_param, 80) or -1
        for dim in kind.shape.dim
    ]
    dtype = DTYPES.get(kind.elem_type, ("unknown", 0))[0]
    return tensor_fact(value.name, dtype, shape)


def _messages(root: Message) -> Iterator[Message]:
    """Yield a message and all it holds, however deep."""
    waiting = [root]
    while waiting:
        message = waiting.pop()
        yield message
        for descriptor, value in message.ListFields():
            if descriptor.message_type is not None:
                waiting.extend(value if descriptor.is_repeated else [value])
