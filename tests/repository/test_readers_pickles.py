"""A pickle is blocked whatever it is called, its names are listed, and it is never run."""

import bz2
import gzip
import io
import os
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch

from repository.readers.finding import Code, Status
from tests.repository.reader_samples import (
    Net,
    finding_of,
    repacked,
    state_dict_bytes,
    torchscript_bytes,
)


class Hostile:
    """Unpickling one runs a shell command."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


@pytest.fixture
def tripwire(tmp_path: Path) -> Path:
    return tmp_path / "tripwire"


def hostile(tripwire: Path, protocol: int = 4) -> bytes:
    return pickle.dumps(Hostile(f"touch {tripwire}"), protocol=protocol)


def assert_blocked(content: bytes, name: str, *names: str) -> None:
    finding = finding_of(content, name)

    assert (finding.status, finding.code) == (Status.BLOCKED, "holds_pickle")
    assert name in finding.message
    assert all(cure in finding.message for cure in ("safetensors", "ONNX", ".pt2"))
    assert set(names) <= set(finding.facts["globals"])


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["model.pkl", "model.onnx", "weights.bin", "notes.txt", "x"])
def test_a_hostile_pickle_is_blocked_and_not_run(protocol: int, name: str, tripwire: Path) -> None:
    assert_blocked(hostile(tripwire, protocol), name, "posix.system")
    assert not tripwire.exists()


def test_the_tripwire_would_show(tripwire: Path) -> None:
    pickle.loads(hostile(tripwire))  # noqa: S301

    assert tripwire.exists()


def test_a_pickle_that_breaks_after_its_call_is_blocked(tripwire: Path) -> None:
    assert_blocked(hostile(tripwire).removesuffix(b".") + b"\xff\xff", "model.pt", "posix.system")


def test_a_harmless_pickle_is_blocked_too() -> None:
    assert_blocked(pickle.dumps({"a": [1, 2]}), "data.pkl")


def test_a_truncated_pickle_is_blocked(tripwire: Path) -> None:
    assert_blocked(hostile(tripwire)[:12], "model.pkl")


def test_what_torch_saves_is_blocked() -> None:
    names = ("torch._utils._rebuild_tensor_v2", "torch.FloatStorage")

    assert_blocked(state_dict_bytes(), "model.pt", *names)
    assert_blocked(state_dict_bytes(), "pytorch_model.bin", *names)
    assert_blocked(state_dict_bytes(legacy=True), "model.pth", *names)


def test_a_whole_module_names_its_class() -> None:
    buffer = io.BytesIO()
    torch.save(Net(), buffer)

    assert_blocked(buffer.getvalue(), "model.pt", f"{Net.__module__}.Net")


def test_a_hostile_torch_archive_is_blocked_and_not_run(tripwire: Path) -> None:
    content = repacked(state_dict_bytes(), {"archive/data.pkl": hostile(tripwire)})

    assert_blocked(content, "model.safetensors", "posix.system")
    assert not tripwire.exists()


def test_a_pickle_under_another_name_in_an_archive_is_found(tripwire: Path) -> None:
    content = repacked(
        state_dict_bytes(), {"archive/data.pkl": None, "archive/weights": hostile(tripwire)}
    )

    assert_blocked(content, "model.pt", "posix.system")


def test_torchscript_is_blocked_with_its_own_cure() -> None:
    finding = finding_of(torchscript_bytes(), "model.pt")

    assert (finding.status, finding.code) == (Status.BLOCKED, "holds_torchscript")
    assert finding.format == "torchscript"
    assert "torch.export" in finding.message


def test_joblib_is_blocked(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump({"weights": np.arange(1000)}, path)

    assert_blocked(path.read_bytes(), "model.joblib", "joblib.numpy_pickle.NumpyArrayWrapper")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gzip", "bzip2"])
def test_a_packed_pickle_is_blocked(pack: Any, tripwire: Path) -> None:
    assert_blocked(pack(hostile(tripwire)), "model.joblib")


@pytest.mark.parametrize("name", ["a.webp", "a.pkl", "a.bin"])
def test_a_head_that_asks_for_gigabytes_to_unpack_is_refused(name: str) -> None:
    head = b"\x5d\x00\x00\xff\xff\x23\xff\xff" + bytes(40)
    found = finding_of(head, name)
    assert (found.status, found.code) == (Status.REJECTED, Code.BOMB)


def test_a_numpy_array_of_objects_is_blocked(tripwire: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Hostile(f"touch {tripwire}")], dtype=object), allow_pickle=True)

    assert_blocked(buffer.getvalue(), "samples.npy", "posix.system")
    assert not tripwire.exists()


def test_an_archive_of_arrays_with_objects_is_blocked() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, good=np.arange(3), bad=np.array([{}, []], dtype=object))

    assert_blocked(buffer.getvalue(), "samples.npz")


def test_raw_numbers_are_weights_unless_they_begin_like_a_pickle() -> None:
    noise = bytes(range(200, 256)) * 100

    assert finding_of(b"\x80\x40" + noise, "model.bin").format == "weights"
    assert_blocked(b"\x80\x04" + noise, "model.bin")


def test_a_number_that_only_the_unpickler_understands_hides_nothing(tripwire: Path) -> None:
    content = b"I0x10\n0" + hostile(tripwire, protocol=0)

    assert_blocked(content, "weights.bin", "posix.system")
    assert_blocked(content, "notes.txt", "posix.system")


def test_names_put_together_from_the_memo_are_found() -> None:
    pushed = b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x940h\x00h\x01\x93\x8c\x04true\x85R."

    assert_blocked(pushed, "model.pkl", "posix.system")


@pytest.mark.parametrize(
    "text",
    [
        "cats\nand dogs\n.",
        "camera\nnight\n\n# Title",
        "dist\nnode_modules\n",
        "i\n.",
        "(see\nbelow\n)",
        '"""What this is."""\n\nimport os\n',
        ".",
    ],
)
def test_prose_that_begins_like_a_pickle_is_text(text: str) -> None:
    assert finding_of(text.encode(), "README.md").format == "markdown"
