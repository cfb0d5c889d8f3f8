"""The initializers of an ONNX file: their headers are read and checked, their data is not."""

import re
import unicodedata
from dataclasses import dataclass, field
from math import prod

from repository.readers.finding import MOST_DIMS, Code, Rejected, invalid, printable
from repository.readers.protobuf import BYTES, VARINT, Field, fields, packed_varints
from repository.readers.source import Source

# Field numbers of onnx.TensorProto.
DIMS, DATA_TYPE, NAME, RAW_DATA, EXTERNAL_DATA, DATA_LOCATION = 1, 2, 8, 9, 13, 14
EXTERNAL = 1
LONGEST_HEADER = 2**20
PLAIN_NAME = re.compile(r"\w[\w.+ -]{0,200}")
# onnx.TensorProto.DataType: number, NumPy's name, bits of one element.
DTYPES = {
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    8: ("string", 0),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
    17: ("float8_e4m3fn", 8),
    18: ("float8_e4m3fnuz", 8),
    19: ("float8_e5m2", 8),
    20: ("float8_e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4_e2m1", 4),
    24: ("float8_e8m0", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
}


@dataclass
class Initializer:
    """What the header of an initializer says of it."""

    name: str = ""
    dtype: int = 0
    dims: list[int] = field(default_factory=list)
    raw_bytes: int | None = None
    is_external: bool = False
    external: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return prod(self.dims)


def read_initializer(source: Source, place: Field) -> Initializer:
    """Return the header of an initializer that agrees with the bytes it carries."""
    found = Initializer()
    for part in fields(source, place.begin, place.end):
        if part.number == DIMS:
            found.dims += _numbers(source, part)
        elif part.number == DATA_TYPE and part.wire_type == VARINT:
            found.dtype = part.value
        elif part.number == NAME:
            found.name = _text(source, part)
        elif part.number == RAW_DATA and part.wire_type == BYTES:
            found.raw_bytes = part.length
        elif part.number == EXTERNAL_DATA:
            found.external.update([_entry(source, part)])
        elif part.number == DATA_LOCATION and part.wire_type == VARINT:
            found.is_external = part.value == EXTERNAL
    _check(found)
    return found


def check_location(location: str) -> None:
    """Refuse an external file that is not a plain name beside the graph."""
    plain = PLAIN_NAME.fullmatch(location) is not None
    if not plain or unicodedata.normalize("NFKC", location) != location:
        raise Rejected(
            Code.EXTERNAL_DATA,
            f"keeps its weights in '{printable(location, 60)}', which is not a plain file name. "
            "Save the weights into the file itself, or into one file beside it.",
        )


def _check(found: Initializer) -> None:
    label = f"the tensor '{printable(found.name, 60)}'"
    if found.dtype not in DTYPES:
        raise invalid(f"{label} has a type that is not known")
    if len(found.dims) > MOST_DIMS or any(size >= 2**63 for size in found.dims):
        raise invalid(f"{label} has a shape that cannot be")
    if found.is_external or found.external:
        check_location(found.external.get("location", ""))
        found.is_external = True
        return
    bits = DTYPES[found.dtype][1]
    if found.raw_bytes is not None and found.raw_bytes != (found.count * bits + 7) // 8:
        raise invalid(f"{label} has a shape that does not match its data")


def _numbers(source: Source, part: Field) -> list[int]:
    if part.wire_type == VARINT:
        return [part.value]
    return packed_varints(_bytes(source, part))


def _entry(source: Source, part: Field) -> tuple[str, str]:
    pair = {1: "", 2: ""}
    for word in fields(source, part.begin, part.end):
        if word.number in pair:
            pair[word.number] = _text(source, word)
    return pair[1], pair[2]


def _text(source: Source, part: Field) -> str:
    return _bytes(source, part).decode()


def _bytes(source: Source, part: Field) -> bytes:
    if part.wire_type != BYTES or part.length > LONGEST_HEADER:
        raise invalid("the header of a tensor is not well-formed")
    return source.read(part.begin, part.length)
