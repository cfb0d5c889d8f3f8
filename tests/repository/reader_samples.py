"""Files as the real programs write them, made once for all tests of the readers."""

import importlib
import io
import random
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from safetensors.numpy import save

from repository.readers.finding import Finding
from repository.readers.reading import read_file


def finding_of(content: bytes, name: str) -> Finding:
    """Read bytes in this process, as the sandboxed child would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blob"
        path.write_bytes(content)
        return read_file(path, name)


def mutations(content: bytes, count: int, *, within: int) -> Iterator[bytes]:
    """Yield copies with a few of their first bytes changed; the same ones each time."""
    chance = random.Random(20261121)  # noqa: S311
    for _ in range(count):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(within)] = chance.randrange(256)
        yield bytes(changed)


def cuts(content: bytes) -> list[bytes]:
    """Return beginnings of a file, from a few bytes of it to all but the last."""
    places = {9, 33, len(content) // 4, len(content) // 2, len(content) - 1}
    return [content[:place] for place in sorted(places) if place < len(content)]


@cache
def safetensors_bytes() -> bytes:
    tensors: dict[str, np.ndarray[Any, Any]] = {
        "weight": np.arange(12, dtype=np.float32).reshape(3, 4),
        "bias": np.zeros(3, dtype=np.float16),
        "empty": np.zeros((0, 5), dtype=np.int64),
    }
    return bytes(save(tensors, metadata={"format": "pt"}))


@cache
def onnx_model() -> onnx.ModelProto:
    """Make a model with one large weight, one small one, and a branch with nodes of its own."""
    weight = np.linspace(-1, 1, 128 * 64, dtype=np.float32).reshape(128, 64)
    branch = helper.make_graph(
        [helper.make_node("Relu", ["sum"], ["then_out"])],
        "then",
        [],
        [helper.make_tensor_value_info("then_out", 1, None)],
    )
    other = helper.make_graph(
        [helper.make_node("Neg", ["sum"], ["else_out"])],
        "else",
        [],
        [helper.make_tensor_value_info("else_out", 1, None)],
    )
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "weight"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["sum"]),
            helper.make_node("If", ["choice"], ["y"], then_branch=branch, else_branch=other),
        ],
        "graph",
        [helper.make_tensor_value_info("x", 1, ["batch", 128])],
        [helper.make_tensor_value_info("y", 1, ["batch", 64])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(np.ones(64, np.float32), "bias"),
            numpy_helper.from_array(np.array(True), "choice"),  # noqa: FBT003
        ],
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="sample",
        producer_version="1",
    )


def onnx_bytes() -> bytes:
    return bytes(onnx_model().SerializeToString())


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.conv = torch.nn.Conv2d(3, 8, 3)
        self.norm = torch.nn.BatchNorm2d(8)
        self.head = torch.nn.Linear(8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.head(self.norm(self.conv(x)).relu().mean((2, 3)))
        return found


@cache
def pt2_bytes() -> bytes:
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(
        Net().eval(), (torch.randn(4, 3, 16, 16),), dynamic_shapes=({0: batch},)
    )
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


@cache
def state_dict_bytes(*, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(Net().state_dict(), buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


@cache
def torchscript_bytes() -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Net().eval()), buffer)
    return buffer.getvalue()


def repacked(archive: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Return an archive with members replaced, added or, for None, left out."""
    left = dict(changes)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = left.pop(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in left.items():
            if content is not None:
                new.writestr(name, content)
    return buffer.getvalue()


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def gguf_bytes() -> bytes:
    """Write a small GGUF file by hand: no package here does."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("general.alignment") + struct.pack("<II", 4, 32),
        text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
    ]
    tensors = [
        text("token_embd.weight") + struct.pack("<IQQIQ", 2, 64, 3, 2, 0),
        text("output_norm.weight") + struct.pack("<IQIQ", 1, 8, 0, 128),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    head += b"".join(pairs) + b"".join(tensors)
    head += bytes(-len(head) % 32)
    return head + bytes(6 * 18).ljust(128, b"\0") + bytes(32)


@cache
def openvino_bytes() -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.xml"
        # Imported by name: its type stubs leave out what it exports.
        openvino = importlib.import_module("openvino")
        model = openvino.Core().read_model(onnx_model().SerializeToString())
        openvino.save_model(model, path, compress_to_fp16=False)
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()
