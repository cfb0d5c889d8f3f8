"""OpenVINO's graph (.xml): parsed within limits, never with entities."""

from collections import Counter
from dataclasses import dataclass, field
from math import prod
from typing import Any
from xml.parsers import expat

from repository.readers.finding import invalid, printable, tensor_fact, truncated
from repository.readers.source import Source

HEAD_BYTES = 4096
MOST_BYTES = 128 * 2**20
MOST_ELEMENTS = 4_000_000
DEEPEST = 64
MOST_LISTED = 64
CUT_SHORT = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
DTYPES = {
    "f64": "float64",
    "f32": "float32",
    "f16": "float16",
    "bf16": "bfloat16",
    "boolean": "bool",
    **{
        f"{kind[0]}{bits}": f"{kind}{bits}"
        for kind in ("int", "uint")
        for bits in (4, 8, 16, 32, 64)
    },
}
PORT_TYPES = {
    "FP64": "float64",
    "FP32": "float32",
    "FP16": "float16",
    "BF16": "bfloat16",
    "BOOL": "bool",
} | {
    f"{short}{bits}": f"{name}{bits}"
    for short, name in (("I", "int"), ("U", "uint"))
    for bits in (4, 8, 16, 32, 64)
}


@dataclass
class Port:
    dtype: str
    names: str
    dims: list[int] = field(default_factory=list)


@dataclass
class Layer:
    name: str
    kind: str
    output_name: str = ""
    data: dict[str, str] = field(default_factory=dict)
    ports: list[Port] = field(default_factory=list)


def looks_like_openvino(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith(b"<"):
        return False
    return b"<net" in text[:HEAD_BYTES] or b"<!DOCTYPE net" in text[:HEAD_BYTES]


def read_openvino(source: Source) -> dict[str, Any]:
    """Return the facts of a graph; its weights lie in another file."""
    if source.size > MOST_BYTES:
        raise invalid("its graph is larger than any should be")
    graph = _Graph()
    graph.parse(source)
    layers = graph.layers
    operators = Counter(layer.kind for layer in layers if layer.kind not in {"Parameter", "Result"})
    constants = [layer.data for layer in layers if layer.kind == "Const"]
    for constant in constants:
        _check_constant(constant)
    return {
        "ir_version": graph.version,
        "inputs": _values(layers, "Parameter"),
        "outputs": _values(layers, "Result"),
        "parameters": sum(prod(_sizes(data.get("shape", ""))) for data in constants),
        "tensors": len(constants),
        "operators": {printable(kind, 80): count for kind, count in operators.most_common(200)},
        "node_count": operators.total(),
        "weights_bytes": max((int(d["offset"]) + int(d["size"]) for d in constants), default=0),
    }


class _Graph:
    """Collects the layers of a graph while expat reads it."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.version = 0
        self._path: list[str] = []
        self._elements = 0
        self._text: list[str] | None = None

    def parse(self, source: Source) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._no_entities
        parser.EntityDeclHandler = self._no_entities
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(source.read(0, source.size), True)  # noqa: FBT003  (it takes no keyword)
        except expat.ExpatError as error:
            if error.code in CUT_SHORT:
                raise truncated("ends before its graph does") from error
            raise invalid(f"it is not XML ({printable(str(error), 80)})") from error
        if not self.layers or self.version == 0:
            raise invalid("it is not an OpenVINO graph")

    def _no_entities(self, *_: object) -> None:
        raise invalid("it declares a document type, which no graph does")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._path) > DEEPEST:
            raise invalid("its graph is larger or deeper than any should be")
        self._path.append(tag)
        match self._path[1:]:
            case []:
                self._begin(tag, attributes)
            case ["layers", "layer"]:
                output_name = attributes.get("output_names", "").partition(",")[0]
                self.layers.append(Layer(attributes["name"], attributes["type"], output_name))
            case ["layers", "layer", "data"]:
                self.layers[-1].data = attributes
            case ["layers", "layer", "input" | "output", "port"]:
                dtype = PORT_TYPES.get(attributes.get("precision", ""), "unknown")
                self.layers[-1].ports.append(Port(dtype, attributes.get("names", "")))
            case ["layers", "layer", "input" | "output", "port", "dim"]:
                self._text = []

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "net":
            raise invalid("it is not an OpenVINO graph")
        self.version = int(attributes["version"])

    def _end(self, _: str) -> None:
        self._path.pop()
        if self._text is not None:
            self.layers[-1].ports[-1].dims.append(int("".join(self._text)))
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _check_constant(data: dict[str, str]) -> None:
    offset, size = int(data["offset"]), int(data["size"])
    bits = DTYPES.get(data["element_type"], "")
    width = int("".join(filter(str.isdigit, bits.removeprefix("bfloat"))) or 8)
    wanted = (prod(_sizes(data.get("shape", ""))) * width + 7) // 8
    if offset < 0 or size < 0 or (bits and size != wanted):
        raise invalid("a constant of its graph does not match the bytes it claims")


def _values(layers: list[Layer], kind: str) -> list[dict[str, Any]]:
    return [_value(layer) for layer in layers if layer.kind == kind and layer.ports][:MOST_LISTED]


def _value(layer: Layer) -> dict[str, Any]:
    port = layer.ports[0]
    name = port.names.partition(",")[0] or layer.output_name or layer.name
    return tensor_fact(name, port.dtype, port.dims)


def _sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.split(",") if part.strip()]
    if any(size < 0 for size in sizes):
        raise invalid("a constant of its graph has a negative size")
    return sizes
