"""GGUF: the header is read with every count and length checked, the tensors are not touched."""

import struct
from collections import Counter
from math import prod
from typing import Any

from repository.readers.finding import Code, Rejected, invalid, printable, truncated
from repository.readers.source import Source

MAGIC = b"GGUF"
VERSIONS = frozenset({2, 3})
MOST_TENSORS = 65_536
MOST_PAIRS = 65_536
MOST_ITEMS = 8_000_000
MOST_DIMS = 4
LONGEST_TEXT = 2**20
MOST_LISTED = 64
ALIGNMENT_KEY = "general.alignment"
DEFAULT_ALIGNMENT = 32
MOST_ALIGNMENT = 2**16
# Types of values: number to layout. Two more have a length of their own.
SCALARS = dict(enumerate("BbHhIif?", start=0)) | {10: "Q", 11: "q", 12: "d"}
TEXT, ARRAY = 8, 9
# Types of tensors: elements in a block, and the bytes it takes.
BLOCKS = {
    **dict.fromkeys((0, 26), (1, 4)),
    **dict.fromkeys((1, 25, 30), (1, 2)),
    **dict.fromkeys((27, 28), (1, 8)),
    24: (1, 1),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    15: (256, 292),
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    20: (32, 18),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    29: (256, 56),
    34: (256, 54),
    35: (256, 66),
    39: (32, 17),
}


def read_gguf(source: Source) -> dict[str, Any]:
    """Return the facts of a file whose header agrees with itself and with the file's size."""
    cursor = _Cursor(source, len(MAGIC))
    version = cursor.number("I")
    if version not in VERSIONS:
        raise Rejected(
            Code.INVALID, "is GGUF of a version that is not known. Convert it to version 3."
        )
    tensor_count, pair_count = cursor.number("Q"), cursor.number("Q")
    if tensor_count > MOST_TENSORS or pair_count > MOST_PAIRS:
        raise invalid("its header promises more than any model has")
    pairs = {}
    for _ in range(pair_count):
        key = cursor.text()
        if key in pairs:
            raise invalid("a name stands twice in its header")
        pairs[key] = cursor.value(cursor.number("I"))
    alignment = pairs.get(ALIGNMENT_KEY, DEFAULT_ALIGNMENT)
    if type(alignment) is not int or not 0 < alignment <= MOST_ALIGNMENT:
        raise invalid("its alignment cannot be")
    tensors = [_tensor(cursor, alignment) for _ in range(tensor_count)]
    _check_places(tensors, cursor.at + -cursor.at % alignment, alignment, source.size)
    return {
        "producer": printable(str(pairs.get("general.architecture", ""))),
        "tensors": len(tensors),
        "parameters": sum(count for count, _, _, _ in tensors),
        "dtypes": {str(kind): n for kind, n in Counter(kind for _, kind, _, _ in tensors).items()},
        "metadata": {
            printable(key): printable(str(value), 500)
            for key, value in list(pairs.items())[:MOST_LISTED]
            if value is not None
        },
    }


class _Cursor:
    """Reads one value after the other; each lies within the file."""

    def __init__(self, source: Source, at: int) -> None:
        self._source = source
        self._items = 0
        self.at = at

    def number(self, layout: str) -> Any:
        size = struct.calcsize(f"<{layout}")
        (value,) = struct.unpack(f"<{layout}", self._source.read(self.at, size))
        self.at += size
        return value

    def text(self) -> str:
        length = self.number("Q")
        if length > LONGEST_TEXT:
            raise invalid("a text in its header is longer than any should be")
        content = self._source.read(self.at, length)
        self.at += length
        return content.decode(errors="replace")

    def value(self, kind: int) -> Any:
        """Return a value; None for a list, which is only passed over."""
        if kind in SCALARS:
            return self.number(SCALARS[kind])
        if kind == TEXT:
            return self.text()
        if kind == ARRAY:
            return self._pass_array()
        raise invalid("its header holds a value of a type that is not known")

    def _pass_array(self) -> None:
        kind, count = self.number("I"), self.number("Q")
        self._items += count
        if self._items > MOST_ITEMS or kind not in {*SCALARS, TEXT}:
            raise invalid("a list in its header is longer than any should be")
        if kind == TEXT:
            for _ in range(count):
                self.text()
            return
        self.at += count * struct.calcsize(f"<{SCALARS[kind]}")
        self._source.read(self.at, 0)


def _tensor(cursor: _Cursor, alignment: int) -> tuple[int, int, int, int]:
    """Return element count, type, offset and bytes of the next tensor in the header."""
    cursor.text()
    dims = [cursor.number("Q") for _ in range(_dim_count(cursor))]
    kind, offset = cursor.number("I"), cursor.number("Q")
    if kind not in BLOCKS:
        raise invalid("a tensor has a type that is not known")
    in_block, block_bytes = BLOCKS[kind]
    count = prod(dims)
    if dims and dims[0] % in_block:
        raise invalid("a tensor is not made of whole blocks")
    if offset % alignment:
        raise invalid("a tensor does not begin where one may")
    return count, kind, offset, count // in_block * block_bytes


def _dim_count(cursor: _Cursor) -> int:
    count: int = cursor.number("I")
    if count > MOST_DIMS:
        raise invalid("a tensor has more dimensions than any may")
    return count


def _check_places(
    tensors: list[tuple[int, int, int, int]], begin: int, alignment: int, size: int
) -> None:
    end = 0
    for _, _, offset, length in sorted(tensors, key=lambda tensor: tensor[2]):
        if offset < end:
            raise invalid("its tensors overlap")
        end = offset + length
    if begin + end > size:
        raise truncated()
    if size > begin + end + -end % alignment:
        raise invalid("bytes follow its last tensor")
