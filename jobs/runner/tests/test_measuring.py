"""The parts of a measurement that need no portal."""

from __future__ import annotations

import csv
import fcntl
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ondol_runner.__main__ import main
from ondol_runner.backends.onnxruntime import OperatorTime, read_trace
from ondol_runner.faults import Fault
from ondol_runner.hostlock import host_lock
from ondol_runner.inputs import benchmark_feeds, feeds_sha256
from ondol_runner.measure import death_of
from ondol_runner.messages import MeasureOutcome, MeasureRequest
from ondol_runner.protocol import FileRef, InputSpec, Reason, Usage, decode, encode

from grants import QUICK, USAGE, grant_for
from models import onnx_model


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_host_that_never_gets_free_is_a_timeout(tmp_path: Path) -> None:
    path = tmp_path / "host.lock"
    waits: list[int] = []

    with (
        held_by_another(path),
        pytest.raises(Fault) as fault,
        host_lock(path, limit_s=0.2, waiting=lambda: waits.append(1)),
    ):
        pytest.fail("the lock was taken")

    assert fault.value.reason is Reason.TIMEOUT
    assert waits


def test_a_host_is_free_again_after_a_measurement(tmp_path: Path) -> None:
    for _ in range(2):
        with host_lock(tmp_path / "host.lock", limit_s=0.0, waiting=pytest.fail):
            pass


def test_a_measurement_by_hand_writes_its_outcome(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = onnx_model(tmp_path / "m.onnx")
    save_file({"samples": np.ones((20, 3, 2, 2), np.uint8)}, tmp_path / "s.safetensors")
    spec = grant_for(FileRef("m.onnx", "0" * 64, model.stat().st_size), sampling=QUICK).spec
    request = MeasureRequest(
        spec=spec,
        model_dir=str(tmp_path),
        scratch=str(tmp_path),
        status=str(tmp_path / "status.json"),
        outcome=str(tmp_path / "outcome.json"),
        host_lock=str(tmp_path / "host.lock"),
        samples=str(tmp_path / "s.safetensors"),
        operators=str(tmp_path / "operators.csv"),
    )
    (tmp_path / "request.json").write_text(json.dumps(encode(request)), "utf-8")

    assert main(["measure", str(tmp_path / "request.json")]) == 0

    outcome = decode(MeasureOutcome, json.loads((tmp_path / "outcome.json").read_text("utf-8")))
    assert outcome.result is not None
    feeds = benchmark_feeds(USAGE, tmp_path / "s.safetensors", 16)
    assert outcome.result.conditions.inputs_sha256 == feeds_sha256(feeds)
    assert len(outcome.result.launches[0].samples_ms) >= QUICK.min_samples
    with (tmp_path / "operators.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert {row["operator"] for row in rows} >= {"MatMul"}
    slowest_first = [float(row["milliseconds"]) for row in rows]
    assert slowest_first == sorted(slowest_first, reverse=True)


def test_an_operator_is_told_by_the_median_of_what_follows_the_first_runs(tmp_path: Path) -> None:
    def event(name: str, us: int, **more: object) -> dict[str, object]:
        told = {"cat": "Node", "name": name, "dur": us, "args": {"op_name": "Conv"}}
        return {**told, **more}

    first = [event("a_kernel_time", 9000), event("in_loop_kernel_time", 9000)]
    twice = [event("in_loop_kernel_time", 500)]
    later = [event("a_kernel_time", us) for us in (1000, 5000, 1000)]
    loop = [event("in_loop_kernel_time", 500) for _ in range(6)]
    other = [event("a_fence_before", 7), event("model_run", 99999, cat="Session")]
    trace = tmp_path / "trace.json"
    trace.write_text(json.dumps([*first, *twice, *later, *loop, *other]), "utf-8")

    assert read_trace(trace, runs=4, warmups=1) == [
        OperatorTime("a", "Conv", 1.0),
        OperatorTime("in_loop", "Conv", 1.0),
    ]


def test_the_first_samples_are_fed_one_by_one(tmp_path: Path) -> None:
    samples = np.arange(20 * 12, dtype=np.uint8).reshape(20, 3, 2, 2)
    save_file({"samples": samples}, tmp_path / "s.safetensors")

    feeds = benchmark_feeds(USAGE, tmp_path / "s.safetensors", 16)

    assert len(feeds) == 16
    assert np.array_equal(np.concatenate([feed["pixels"] for feed in feeds]), samples[:16])


def test_random_inputs_are_the_same_everywhere() -> None:
    usage = Usage(
        inputs=[
            InputSpec("ids", [-1, 8], dtype="int64"),
            InputSpec("scale", [-1, 2], dtype="float32"),
        ]
    )

    feeds = benchmark_feeds(usage, None, 16)

    assert feeds_sha256(feeds) == feeds_sha256(benchmark_feeds(usage, None, 16))
    assert feeds[0]["ids"].shape == (1, 8)
    assert feeds[0]["ids"].dtype == np.int64
    assert feeds[0]["scale"].std() > 0
    assert not np.array_equal(feeds[0]["scale"], feeds[1]["scale"])


def test_a_free_shape_needs_samples() -> None:
    usage = Usage(inputs=[InputSpec("pixels", [-1, 3, -1, -1])])

    with pytest.raises(Fault, match="give samples") as fault:
        benchmark_feeds(usage, None, 16)

    assert fault.value.reason is Reason.WRONG_INPUT


def test_one_file_of_samples_feeds_one_input(tmp_path: Path) -> None:
    usage = Usage(inputs=[InputSpec("a", [-1, 2]), InputSpec("b", [-1, 2])])

    with pytest.raises(Fault, match="names 2"):
        benchmark_feeds(usage, tmp_path / "s.safetensors", 16)


@pytest.mark.parametrize(
    ("returncode", "memory_kills", "reason"),
    [
        (-signal.SIGKILL, 1, Reason.OUT_OF_MEMORY),
        (-signal.SIGKILL, 0, Reason.CRASHED),
        (-signal.SIGSEGV, 1, Reason.CRASHED),
        (3, 0, Reason.CRASHED),
    ],
)
def test_a_death_is_told_by_how_it_came(returncode: int, memory_kills: int, reason: Reason) -> None:
    assert death_of(returncode, memory_kill=memory_kills > 0).reason is reason
