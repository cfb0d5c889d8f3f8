"""NumPy arrays: the header is read as a literal, numbers are accepted, objects are pickles."""

import ast
import re
import struct
from collections.abc import Callable
from math import prod
from typing import Any

from repository.readers.archives import Archive
from repository.readers.finding import MOST_DIMS, Code, Rejected, invalid, printable, truncated
from repository.readers.pickles import READ_BYTES, blocked_pickle
from repository.readers.source import Source

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 64 * 2**10
MOST_LISTED = 64
KEYS = {"descr", "fortran_order", "shape"}
NUMBERS = re.compile(r"[<>|=]?([?bBiufc])(\d{1,2})?")
KINDS = {"b": "int", "i": "int", "u": "uint", "B": "uint", "f": "float", "c": "complex"}


def read_array(source: Source) -> dict[str, Any]:
    """Return the facts of an .npy file, whose size must be what its header says."""
    array = _array(source.read, source.size)
    return {"tensors": 1, "parameters": prod(array["shape"]), "arrays": [array]}


def read_members(archive: Archive) -> dict[str, Any]:
    """Return the facts of an .npz file."""
    arrays = []
    for name, info in archive.members.items():
        head = archive.read(name, LONGEST_HEADER + 16)

        def read(offset: int, length: int, head: bytes = head) -> bytes:
            if offset + length > len(head):
                raise truncated()
            return head[offset : offset + length]

        arrays.append({"name": printable(name), **_array(read, info.file_size)})
    return {
        "tensors": len(arrays),
        "parameters": sum(prod(array["shape"]) for array in arrays),
        "arrays": arrays[:MOST_LISTED],
    }


def _array(read: Callable[[int, int], bytes], size: int) -> dict[str, Any]:
    magic, major = struct.unpack("<6sBx", read(0, 8))
    if magic != MAGIC or major not in {1, 2, 3}:
        raise invalid("it is not a NumPy array of a version that is known")
    length_format, begin = ("<H", 10) if major == 1 else ("<I", 12)
    (length,) = struct.unpack(length_format, read(8, begin - 8))
    if length > LONGEST_HEADER:
        raise invalid("the header of an array is longer than any may be")
    descr, shape = _header(read(begin, length))
    content = size - begin - length
    if _has_objects(descr):
        raise blocked_pickle(read(begin + length, min(content, READ_BYTES, LONGEST_HEADER)))
    match = NUMBERS.fullmatch(descr) if isinstance(descr, str) else None
    if match is None:
        raise Rejected(Code.INVALID, "holds an array of something else than numbers. Save numbers.")
    item = int(match[2] or 1)
    if content < prod(shape) * item:
        raise truncated()
    if content > prod(shape) * item:
        raise invalid("bytes follow the array")
    if len(shape) > MOST_DIMS:
        raise invalid("an array has more dimensions than any may")
    dtype = "bool" if match[1] in "?b" and item == 1 else f"{KINDS[match[1]]}{item * 8}"
    return {"dtype": dtype, "shape": list(shape)}


def _header(text: bytes) -> tuple[Any, tuple[int, ...]]:
    try:
        header = ast.literal_eval(text.decode().strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise invalid("the header of an array is not a literal") from error
    if not isinstance(header, dict) or set(header) != KEYS:
        raise invalid("the header of an array is incomplete")
    shape = header["shape"]
    if not isinstance(shape, tuple) or not all(type(n) is int and 0 <= n < 2**63 for n in shape):
        raise invalid("the shape of an array is not made of whole numbers")
    return header["descr"], shape


def _has_objects(descr: Any) -> bool:
    if isinstance(descr, str):
        return descr.lstrip("<>|=").startswith("O")
    if isinstance(descr, (list, tuple)):
        return any(_has_objects(part) for part in descr[:1024])
    return False
