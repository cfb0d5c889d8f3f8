"""A reader of safetensors files for numpy alone: bounded, checked, a few rows at a time."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ondol_runner.faults import Unfit
from ondol_runner.protocol import sentence

HEADER_LIMIT_BYTES = 2**20
LENGTH = struct.Struct("<Q")
DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
}


class BadTensorFile(Unfit):
    """A file that is no safetensors file, or lacks the tensor; the sentence says which."""


@dataclass(frozen=True)
class _Entry:
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    end: int


def read_tensor(path: Path, name: str, rows: int | None = None) -> npt.NDArray[Any]:
    """Return a tensor, or its first rows, without reading more of the file than that."""
    with path.open("rb") as source:
        size = path.stat().st_size
        header, data_start = _read_header(source, size)
        entry = _find(header, name, size - data_start)
        shape = entry.shape if rows is None else (min(rows, entry.shape[0]), *entry.shape[1:])
        source.seek(data_start + entry.start)
        content = source.read(math.prod(shape) * entry.dtype.itemsize)
    return np.frombuffer(bytearray(content), entry.dtype).reshape(shape)


def _read_header(source: BinaryIO, size: int) -> tuple[dict[str, Any], int]:
    prefix = source.read(LENGTH.size)
    if len(prefix) < LENGTH.size:
        raise BadTensorFile(
            sentence("tensors_short", "The file is too short for a safetensors header.")
        )
    (length,) = LENGTH.unpack(prefix)
    if length > min(HEADER_LIMIT_BYTES, size - LENGTH.size):
        raise BadTensorFile(
            sentence(
                "tensors_header_long",
                "The safetensors header is longer than the file or than allowed.",
            )
        )
    try:
        header = json.loads(source.read(length).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadTensorFile(
            sentence("tensors_header_no_json", "The safetensors header is no JSON.")
        ) from error
    if not isinstance(header, dict):
        raise BadTensorFile(
            sentence("tensors_header_no_object", "The safetensors header is no JSON object.")
        )
    return header, LENGTH.size + length


def _find(header: dict[str, Any], name: str, available: int) -> _Entry:
    if not isinstance(header.get(name), dict):
        raise BadTensorFile(
            sentence("tensor_missing", "The file holds no tensor '{name}'.", name=name)
        )
    described = header[name]
    try:
        dtype = np.dtype(DTYPES[described["dtype"]])
        shape = tuple(int(length) for length in described["shape"])
        start, end = (int(offset) for offset in described["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadTensorFile(
            sentence(
                "tensor_unknown", "The tensor '{name}' is described in no known way.", name=name
            )
        ) from error
    if not shape or min(shape) < 0:
        raise BadTensorFile(sentence("tensor_empty", "The tensor '{name}' has no rows.", name=name))
    if not 0 <= start <= end <= available or math.prod(shape) * dtype.itemsize != end - start:
        raise BadTensorFile(
            sentence("tensor_outside", "The tensor '{name}' does not fit its file.", name=name)
        )
    return _Entry(dtype, shape, start, end)
