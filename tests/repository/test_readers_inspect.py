"""Inspecting a file: the reader runs in the sandbox, and nothing it meets is a fault of ours."""

import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest

from portal.core.sandbox.limits import Level, Limits
from portal.core.sandbox.run import SandboxTooWeak, best_level
from repository.readers import inspect
from repository.readers.finding import Status
from repository.readers.inspect import inspect_file
from tests.repository.reader_samples import (
    onnx_bytes,
    pt2_bytes,
    safetensors_bytes,
    state_dict_bytes,
)


def blob(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("content", "name", "format_"),
    [
        (safetensors_bytes(), "model.safetensors", "safetensors"),
        (onnx_bytes(), "model.onnx", "onnx"),
        (pt2_bytes(), "--model.pt2", "torch_export"),
        ("# 안녕\n".encode(), "읽어 보세요.md", "markdown"),
    ],
    ids=["safetensors", "onnx", "pt2", "markdown"],
)
def test_a_good_file_is_accepted(content: bytes, name: str, format_: str, tmp_path: Path) -> None:
    finding = inspect_file(blob(tmp_path, content), name)

    assert (finding.status, finding.code, finding.format) == (Status.ACCEPTED, "", format_)


def test_the_sandboxed_reader_says_what_the_reader_says(tmp_path: Path) -> None:
    finding = inspect_file(blob(tmp_path, onnx_bytes()), "model.onnx")

    assert finding.facts["inputs"] == [{"name": "x", "dtype": "float32", "shape": ["batch", 128]}]
    assert finding.facts["operators"]["MatMul"] == 1


def test_a_hostile_pickle_is_blocked_and_not_run(tmp_path: Path) -> None:
    tripwire = tmp_path / "tripwire"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tripwire}",)

    finding = inspect_file(blob(tmp_path, pickle.dumps(Hostile())), "model.onnx")

    assert (finding.status, finding.code) == (Status.BLOCKED, "holds_pickle")
    assert finding.facts["globals"] == ["posix.system"]
    assert not tripwire.exists()


def test_what_torch_saves_is_blocked(tmp_path: Path) -> None:
    assert inspect_file(blob(tmp_path, state_dict_bytes()), "model.pt").code == "holds_pickle"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert inspect_file(blob(tmp_path, b""), "model.onnx").code == "empty_file"


def test_a_reader_that_runs_out_of_memory_makes_a_refused_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect, "LIMITS", Limits(memory_bytes=512 * 2**20))
    header = b'{"a":[' + b"[]," * 6_000_000 + b"0]}"
    path = blob(tmp_path, struct.pack("<Q", len(header)) + header)

    finding = inspect_file(path, "model.safetensors")

    assert (finding.status, finding.code) == (Status.REJECTED, "unreadable_file")
    assert "model.safetensors" in finding.message


def test_a_reader_that_takes_too_long_makes_a_refused_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = b'{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    header = b"{" + b",".join(b'"%d":%s' % (name, empty) for name in range(100_000)) + b"}"
    path = blob(tmp_path, struct.pack("<Q", len(header)) + header)
    assert inspect_file(path, "model.safetensors").status == Status.ACCEPTED
    monkeypatch.setattr(inspect, "LIMITS", Limits(wall_s=0.01))

    finding = inspect_file(path, "model.safetensors")

    assert (finding.status, finding.code) == (Status.REJECTED, "unreadable_file")


def test_a_file_larger_than_memory_is_inspected(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"U8","shape":[4294967296],"data_offsets":[0,4294967296]}}'
    path = blob(tmp_path, struct.pack("<Q", len(header)) + header)
    os.truncate(path, 8 + len(header) + 2**32)

    finding = inspect_file(path, "model.safetensors")

    assert finding.facts["parameters"] == 2**32


def test_a_sandbox_worse_than_allowed_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.core.sandbox.run.best_level", lambda: Level.RLIMITS)

    with pytest.raises(SandboxTooWeak):
        inspect_file(blob(tmp_path, onnx_bytes()), "model.onnx", worst=Level.LANDLOCK)


def test_the_best_level_here_is_enough(tmp_path: Path) -> None:
    path = blob(tmp_path, safetensors_bytes())

    assert inspect_file(path, "a.safetensors", worst=best_level()).status is Status.ACCEPTED
