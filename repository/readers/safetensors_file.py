"""safetensors: the header is read and checked against the file, the tensors are not touched."""

import json
import struct
from collections import Counter
from collections.abc import Iterable
from math import prod
from typing import Any

from repository.readers.finding import MOST_DIMS, Code, Rejected, invalid, printable, truncated
from repository.readers.source import Source

LONGEST_HEADER = 100_000_000
LENGTH_BYTES = 8
PAIR = 2
METADATA = "__metadata__"
MOST_METADATA = 64
# Bits of one element. What takes less than a byte is packed.
BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
    "C64": 64,
}


def looks_like_safetensors(head: bytes) -> bool:
    if len(head) <= LENGTH_BYTES:
        return False
    (length,) = struct.unpack_from("<Q", head)
    return 0 < length <= LONGEST_HEADER and head[LENGTH_BYTES : LENGTH_BYTES + 1] == b"{"


def read_safetensors(source: Source) -> dict[str, Any]:
    """Return the facts of a safetensors file whose header agrees with itself and with its size."""
    (length,) = struct.unpack("<Q", source.read(0, LENGTH_BYTES))
    if length > LONGEST_HEADER:
        raise invalid("its header is longer than any may be")
    begin = LENGTH_BYTES + length
    header = _parse(source.read(LENGTH_BYTES, length))
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise invalid("its metadata is not a table of texts")
    tensors = [_tensor(name, entry) for name, entry in header.items()]
    _check_coverage([place for _, _, place in tensors], source.size - begin)
    return {
        "tensors": len(tensors),
        "parameters": sum(count for _, count, _ in tensors),
        "dtypes": dict(Counter(dtype for dtype, _, _ in tensors)),
        "metadata": {
            printable(key): printable(value, 500)
            for key, value in list(metadata.items())[:MOST_METADATA]
        },
    }


def tensor_entries(source: Source) -> list[tuple[str, str, list[int], int]]:
    """Return name, dtype, shape and element count of each tensor, in the order of the header."""
    (length,) = struct.unpack("<Q", source.read(0, LENGTH_BYTES))
    header = _parse(source.read(LENGTH_BYTES, length))
    header.pop(METADATA, None)
    return [
        (name, entry["dtype"], entry["shape"], _tensor(name, entry)[1])
        for name, entry in header.items()
    ]


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(
            text.decode(), object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise invalid(f"its header is not JSON ({printable(str(error), 80)})") from error
    if not isinstance(header, dict):
        raise invalid("its header is not a table")
    return header


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise invalid("a name stands twice in its header")
    return table


def _no_constant(name: str) -> None:
    raise invalid(f"its header holds {name}")


def _tensor(name: str, entry: Any) -> tuple[str, int, tuple[int, int]]:
    """Return dtype, element count and place of a tensor whose entry agrees with itself."""
    label = f"the entry of tensor '{printable(name, 60)}'"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise invalid(f"{label} is incomplete")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise Rejected(
            Code.INVALID, f"has a type that is not known in {label}. Save it as float32 or float16."
        )
    if not (_are_sizes(shape) and _are_sizes(offsets)) or len(offsets) != PAIR:
        raise invalid(f"{label} has sizes that are not whole numbers")
    count = prod(shape)
    begin, end = offsets
    if (end - begin) * 8 != count * BITS[dtype]:
        raise invalid(f"{label} does not match the bytes it claims")
    return dtype, count, (begin, end)


def _are_sizes(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= MOST_DIMS
        and all(type(value) is int and 0 <= value < 2**63 for value in values)
    )


def _check_coverage(places: Iterable[tuple[int, int]], available: int) -> None:
    """Refuse tensors that overlap or leave gaps, and bytes that belong to none."""
    end = 0
    for begin, stop in sorted(places):
        if begin != end:
            raise invalid("its tensors overlap or leave gaps")
        end = stop
    if end > available:
        raise truncated(f"promises {end} bytes of tensors and holds {available}")
    if end < available:
        raise invalid(f"{available - end} bytes follow its last tensor")
