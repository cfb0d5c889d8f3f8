"""Whole attempts of the real program against a portal over HTTP."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ondol_runner.config import Home
from ondol_runner.protocol import Cancel, FileRef, Sampling

from fake_portal import RUNNER_TOKEN, FakePortal, token_of
from grants import ENDLESS, grant_for
from models import onnx_model
from program import LAUNCH, MEASURE, Program, gone, launched

Start = Callable[[Home], Program]


def test_a_model_is_measured_and_its_samples_reported(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    sampling = Sampling(launches=2, warmup_runs=2, min_samples=5, max_samples=20, budget_s=0.1)
    seen = portal.offer(grant_for(model, sampling=sampling))

    program = start(home)
    portal.wait_for(lambda: seen.finishes)
    stopped = program.stop()

    (finish,) = seen.finishes
    assert (finish["outcome"], finish["reason"], finish["epoch"]) == ("succeeded", None, 3)
    assert [len(launch["samples_ms"]) >= 5 for launch in finish["result"]["launches"]] == [True] * 2
    first = finish["result"]["launches"][0]
    assert 0 < first["import_rss_bytes"] < first["peak_rss_bytes"]
    assert first["load_ms"] > 0
    assert min(first["samples_ms"]) > 0
    conditions = finish["result"]["conditions"]
    assert len(conditions["affinity"]) == conditions["threads"] == 1
    assert len(conditions["inputs_sha256"]) == 64
    assert finish["log_size"] == len(seen.log) > 0
    assert b"Measuring with onnxruntime" in seen.log
    assert seen.log.count(b" samples, median ") == 2
    assert seen.keys == ["finish-a1-3"]
    assert {"measure"} <= {beat["step"] for beat in seen.beats} <= {"download", "measure", "report"}
    assert stopped == 0
    assert list(home.work.iterdir()) == []


def test_an_offer_that_comes_again_is_started_once(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    portal.reoffer = True
    seen = portal.offer(grant_for(model))

    start(home)
    portal.wait_for(lambda: seen.finishes)
    offered = portal.offers
    portal.wait_for(lambda: portal.offers >= offered + 5)

    assert offered > 1
    assert (seen.accepts, len(seen.finishes)) == (1, 1)


def test_two_devices_work_at_the_same_time_and_measure_one_after_the_other(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    board = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    phone = portal.offer(grant_for(model, attempt_id="a2", device="phone"))
    portal.wait_for(lambda: any(beat["text"] == "waiting for the host" for beat in phone.beats))

    portal.cancel = Cancel.ABORT
    portal.wait_for(lambda: board.finishes and phone.finishes)

    assert board.finishes[0]["outcome"] == "cancelled"
    assert b"Measuring with" in phone.log


@pytest.mark.parametrize("wish", [Cancel.GRACEFUL, Cancel.ABORT])
def test_a_cancelled_attempt_ends_its_whole_process_group(
    portal: FakePortal, home: Home, start: Start, model: FileRef, wish: Cancel
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    family = program.family()

    portal.cancel = wish
    portal.wait_for(lambda: seen.finishes)
    portal.wait_for(lambda: gone(family))

    assert len(family) == 3
    assert seen.finishes[0]["outcome"] == "cancelled"
    assert bytes(seen.log).endswith(b"Cancelled.\n")


def test_a_measurement_that_dies_is_a_crash(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    launch = program.find(LAUNCH)
    assert launch is not None

    launch.send_signal(signal.SIGSEGV)
    portal.wait_for(lambda: seen.finishes)

    assert seen.finishes[0]["reason"] == "crashed"
    assert "SIGSEGV" in seen.finishes[0]["message"]


def test_a_measurement_that_stands_still_is_ended(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    text = home.config_file.read_text("utf-8")
    home.config_file.write_text(text.replace('"stall_s": 30.0', '"stall_s": 2.0'), "utf-8")
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    launch = program.find(LAUNCH)
    assert launch is not None

    launch.suspend()
    portal.wait_for(lambda: seen.finishes)

    assert seen.finishes[0]["reason"] == "timeout"
    portal.wait_for(lambda: gone([launch]))


def test_a_damaged_model_fails_to_load(portal: FakePortal, home: Home, start: Start) -> None:
    seen = portal.offer(grant_for(portal.add_blob(b"no model at all", "bad.onnx")))

    start(home)
    portal.wait_for(lambda: seen.finishes)

    (finish,) = seen.finishes
    assert (finish["outcome"], finish["reason"]) == ("failed", "load_failed")
    assert str(home.path) not in finish["message"]
    assert finish["result"] is None


def test_altered_bytes_are_never_run(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    portal.blobs[model.sha256] = b"x" * model.size_bytes
    seen = portal.offer(grant_for(model))

    start(home)
    portal.wait_for(lambda: seen.finishes)

    assert seen.finishes[0]["reason"] == "digest_mismatch"
    assert b"Measuring" not in seen.log
    assert len(portal.called(model.sha256)) == 2


def test_a_model_with_other_inputs_than_its_usage_says_is_refused(
    portal: FakePortal, home: Home, start: Start, tmp_path: Path
) -> None:
    fixed = onnx_model(tmp_path / "fixed.onnx", batch=8)
    seen = portal.offer(grant_for(portal.add_blob(fixed.read_bytes(), "fixed.onnx")))

    start(home)
    portal.wait_for(lambda: seen.finishes)

    assert seen.finishes[0]["reason"] == "wrong_input"
    (told,) = seen.finishes[0]["sentences"]
    assert "[8, 3, 2, 2]" in seen.finishes[0]["message"]
    assert (told["code"], told["values"]["wanted"]) == ("input_shape", "[8, 3, 2, 2]")


def test_an_offer_for_an_unknown_device_is_refused(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model, device="toaster"))

    start(home)
    portal.wait_for(lambda: seen.refused)

    assert seen.refused is not None
    assert "toaster" in seen.refused["message"]
    assert (seen.accepts, seen.beats) == (0, [])


def test_no_token_reaches_a_log_a_status_or_a_command_line(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    told = [" ".join(process.cmdline()) for process in program.family()]
    measure = program.find(MEASURE)
    assert measure is not None
    told += [f"{name}={value}" for name, value in measure.environ().items()]
    told += [path.read_text("utf-8") for path in home.work.glob("*/*.json")]
    portal.cancel = Cancel.GRACEFUL
    portal.wait_for(lambda: seen.finishes)
    told += [program.log(), seen.log.decode(), str(seen.beats), str(seen.finishes)]

    for secret in (RUNNER_TOKEN, token_of("a1")):
        assert [text for text in told if secret in text] == []
        assert any(secret in str(headers) for _, _, headers in portal.calls)
