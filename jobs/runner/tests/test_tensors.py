"""Reading samples from a stranger's safetensors file."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from ondol_runner.tensors import HEADER_LIMIT_BYTES, BadTensorFile, read_tensor

SAMPLES = np.arange(48, dtype=np.uint8).reshape(4, 3, 2, 2)


def file_of(path: Path, header: Any, body: bytes = b"", *, length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + body)
    return path


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "int16", "float16", "int32", "float32", "int64", "float64"]
)
def test_what_safetensors_writes_is_read(tmp_path: Path, dtype: str) -> None:
    tensors = {"other": np.ones(5, np.float32), "samples": SAMPLES.astype(dtype)}
    save_file(tensors, tmp_path / "s.safetensors")

    read = read_tensor(tmp_path / "s.safetensors", "samples")

    assert read.dtype == np.dtype(dtype)
    assert np.array_equal(read, tensors["samples"])


def test_the_first_rows_are_enough(tmp_path: Path) -> None:
    save_file({"samples": SAMPLES}, tmp_path / "s.safetensors")

    assert np.array_equal(read_tensor(tmp_path / "s.safetensors", "samples", 2), SAMPLES[:2])
    assert len(read_tensor(tmp_path / "s.safetensors", "samples", 99)) == 4


def described(**changes: Any) -> dict[str, Any]:
    return {"samples": {"dtype": "U8", "shape": [2, 2], "data_offsets": [0, 4]} | changes}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"no json", "no JSON"),
        (b"[" * 10_000, "no JSON"),
        ([], "no JSON object"),
        ({"__metadata__": {}}, "no tensor"),
        ({"samples": "text"}, "no tensor"),
        (described(dtype="BF16"), "no known way"),
        (described(shape="2x2"), "no known way"),
        (described(shape=[[2], 2]), "no known way"),
        (described(shape=[]), "no rows"),
        (described(shape=[-2, -2]), "no rows"),
        (described(shape=[2, 3]), "does not fit"),
        (described(shape=[2**62, 2**62]), "does not fit"),
        (described(data_offsets=[1, 5]), "does not fit"),
        (described(data_offsets=[-4, 0]), "does not fit"),
        (described(data_offsets=[4, 0]), "does not fit"),
        (described(data_offsets=[0]), "no known way"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: Any, said: str) -> None:
    path = file_of(tmp_path / "bad.safetensors", header, b"\0" * 4)

    with pytest.raises(BadTensorFile, match=said):
        read_tensor(path, "samples")


@pytest.mark.parametrize("length", [2**63, HEADER_LIMIT_BYTES + 1, 1000])
def test_a_header_longer_than_its_file_is_refused(tmp_path: Path, length: int) -> None:
    path = file_of(tmp_path / "bad.safetensors", described(), length=length)

    with pytest.raises(BadTensorFile, match="longer"):
        read_tensor(path, "samples")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(BadTensorFile, match="too short"):
        read_tensor(tmp_path / "empty", "samples")
