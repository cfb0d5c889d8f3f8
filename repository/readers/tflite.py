"""TensorFlow Lite: the graph is read, every reference in it checked, the weights not touched."""

from collections import Counter
from math import prod
from typing import Any

from repository.readers.finding import invalid, printable, tensor_fact, truncated
from repository.readers.flatbuffer import Table, root
from repository.readers.source import Source
from repository.readers.tflite_operators import operator_name

MAGIC = b"TFL3"
MAGIC_AT = 4
# Field numbers of the schema's tables.
VERSION, OPERATOR_CODES, SUBGRAPHS, DESCRIPTION, BUFFERS = range(5)
TENSORS, INPUTS, OUTPUTS, OPERATORS = range(4)
SHAPE, TYPE, BUFFER, NAME = range(4)
SHAPE_SIGNATURE = 7
OLD_CODE, CUSTOM_CODE, _, NEW_CODE = range(4)
OPCODE_INDEX, OPERATOR_INPUTS, OPERATOR_OUTPUTS = range(3)
DATA, DATA_AT, DATA_SIZE = range(3)
MOST_LISTED = 64
_DTYPES_IN_ORDER = (
    "float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 "
    "resource variant uint32 uint16 int4 bfloat16"
)
DTYPES = _DTYPES_IN_ORDER.split()
SUPPORTED_VERSION = 3


def looks_like_tflite(head: bytes) -> bool:
    return head[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC


def read_tflite(source: Source) -> dict[str, Any]:
    """Return the facts of a model none of whose references leads out of it."""
    top = root(source)
    if top.number(VERSION, "<I") != SUPPORTED_VERSION:
        raise invalid("it has a version that is not known")
    codes = [_code(code) for code in top.tables(OPERATOR_CODES)]
    sizes = [_buffer_size(source, buffer) for buffer in top.tables(BUFFERS)]
    subgraphs = top.tables(SUBGRAPHS)
    if not subgraphs:
        raise invalid("it holds no graph")
    operators: Counter[str] = Counter()
    parameters = 0
    for subgraph in subgraphs:
        tensors = subgraph.tables(TENSORS)
        operators.update(_operators(subgraph, codes, len(tensors)))
        parameters += sum(_parameters(tensor, sizes) for tensor in tensors)
    main = subgraphs[0]
    tensors = main.tables(TENSORS)
    return {
        "producer": printable(top.text(DESCRIPTION)),
        "inputs": [_value(tensors, index) for index in main.numbers(INPUTS)[:MOST_LISTED]],
        "outputs": [_value(tensors, index) for index in main.numbers(OUTPUTS)[:MOST_LISTED]],
        "parameters": parameters,
        "tensors": len(tensors),
        "operators": {printable(name, 80): count for name, count in operators.most_common(200)},
        "node_count": operators.total(),
    }


def _code(code: Table) -> str:
    number = max(code.number(OLD_CODE, "<b"), code.number(NEW_CODE, "<i"))
    return operator_name(number, code.text(CUSTOM_CODE))


def _buffer_size(source: Source, buffer: Table) -> int:
    inside = buffer.byte_count(DATA)
    # Of files beyond 2 GB the weights follow the graph.
    begin, outside = buffer.number(DATA_AT, "<Q"), buffer.number(DATA_SIZE, "<Q")
    if begin > 1 and begin + outside > source.size:
        raise truncated()
    return inside or outside


def _operators(subgraph: Table, codes: list[str], tensors: int) -> list[str]:
    names = []
    for operator in subgraph.tables(OPERATORS):
        index = operator.number(OPCODE_INDEX, "<I")
        ends = operator.numbers(OPERATOR_INPUTS) + operator.numbers(OPERATOR_OUTPUTS)
        # An optional input that is not given is -1.
        if index >= len(codes) or any(not -1 <= end < tensors for end in ends):
            raise invalid("an operator refers to something that is not there")
        names.append(codes[index])
    return names


def _parameters(tensor: Table, sizes: list[int]) -> int:
    buffer = tensor.number(BUFFER, "<I")
    if buffer >= len(sizes):
        raise invalid("a tensor refers to data that is not there")
    shape = tensor.numbers(SHAPE)
    return prod(shape) if sizes[buffer] and all(size >= 0 for size in shape) else 0


def _value(tensors: list[Table], index: int) -> dict[str, Any]:
    if not 0 <= index < len(tensors):
        raise invalid("an input or output refers to a tensor that is not there")
    tensor = tensors[index]
    number = tensor.number(TYPE, "<b")
    dtype = DTYPES[number] if 0 <= number < len(DTYPES) else "unknown"
    shape = tensor.numbers(SHAPE_SIGNATURE) or tensor.numbers(SHAPE)
    return tensor_fact(tensor.text(NAME), dtype, shape)
