"""The real runner program against the served portal: enrolled with a code, measuring a model."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from jobs.models import Device, Evidence, Job
from jobs.selectors.jobs import read_log
from jobs.services.benchmark_requests import request_benchmark
from jobs.services.benchmarks import finalize
from jobs.services.lifecycle import cancel
from jobs.services.runners import invite_runner
from jobs.types import JobState
from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from tests.cast import people
from tests.jobs.processes import command_of, descendants
from tests.jobs.scene import publish, set_duration
from tests.jobs.tiny import tiny_model

Api = Callable[[User, Scope], httpx.Client]
SHORT = {"launches": 3, "min_samples": 10, "max_samples": 20, "budget_s": 0.5, "warmup_runs": 2}
ENDLESS = {**SHORT, "min_samples": 10**6, "max_samples": 10**6, "budget_s": 600.0}
PATIENCE_S = 60


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "This did not come about."
        time.sleep(0.1)


@dataclass(frozen=True)
class Bench:
    """A running runner, and who owns what it measures."""

    program: "subprocess.Popen[bytes]"
    olga: User
    device: Device

    def submit(self, sampling: dict[str, float]) -> Job:
        artifact = publish(self.olga, "tiny", {"model.onnx": tiny_model()})
        self.device.refresh_from_db()
        job = request_benchmark(self.olga, artifact, self.device)
        job.spec["sampling"].update(sampling)
        job.save(update_fields=["spec"])
        return job

    def family(self) -> list[int]:
        return descendants(self.program.pid)

    def measures(self) -> bool:
        return any("ondol_runner.launch" in command_of(pid) for pid in self.family())


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


@pytest.fixture
def bench(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    set_duration(monkeypatch, heartbeat_s=0.5, claim_wait_s=1.0)
    olga = people().olga
    _, code = invite_runner(olga, "bench")
    home = ["--home", str(tmp_path / "runner")]
    env = os.environ | {"ONDOL_HOST_LOCK": str(tmp_path / "host.lock")}
    base = [sys.executable, "-m", "ondol_runner"]
    said = [*base, "enroll", *home, "--server", server, "--code", code, "--device", "board"]
    subprocess.run(said, check=True, env=env, capture_output=True)
    with subprocess.Popen(
        [*base, "run", "--allow-root", *home], env=env, stderr=subprocess.DEVNULL
    ) as program:
        try:
            until(Device.objects.filter(name="board").exists)
            yield Bench(program, olga, Device.objects.get(name="board"))
        finally:
            program.send_signal(signal.SIGTERM)
    assert program.returncode == 0


def test_a_model_is_measured_by_the_real_runner(bench: Bench, api: Api) -> None:
    (shown,) = api(bench.olga, Scope.READ).get("/devices").json()["results"]
    assert (shown["name"], shown["online"]) == ("board", True)
    assert shown["passport"]["cores"] == os.cpu_count()

    job = bench.submit(SHORT)
    until(lambda: state_of(job) in {JobState.FINALIZING, JobState.FAILED})
    finalize(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED, job.failure_message
    made = job.benchmark
    assert made.launch_count == 3
    assert 30 <= made.sample_count <= 60
    assert 0 < made.p50_low_ms <= made.p50_ms <= made.p50_high_ms < 1000
    assert made.artifact == job.artifact
    assert read_log(job, 0, 10**6)[1] > 0
    kept = api(bench.olga, Scope.READ).get(f"/jobs/{job.pk}").json()["files"]
    files = {file["name"]: file["sha256"] for file in kept}
    assert files.keys() == {"samples.csv", "operators.csv"}
    table = api(bench.olga, Scope.READ).get(f"/blobs/{files['samples.csv']}").text.splitlines()
    assert len(table) == 1 + made.sample_count
    operators = api(bench.olga, Scope.READ).get("/models/olga/tiny/operator-times").json()
    assert {one["operator"] for one in operators["results"][0]["operators"]} >= {"MatMul"}
    until(lambda: not bench.family())


def test_a_cancelled_measurement_ends_and_leaves_no_process(bench: Bench) -> None:
    job = bench.submit(ENDLESS)
    until(lambda: state_of(job) == JobState.RUNNING and bench.measures())
    cancel(Job.objects.get(pk=job.pk))
    until(lambda: state_of(job) == JobState.CANCELLED)
    until(lambda: not bench.family())
    assert bench.program.poll() is None


NAMED = ["--device", "board"]
ANY = ["--engine", "onnxruntime", "--with", platform.machine(), "--cores", "1"]


@pytest.mark.parametrize(
    ("limit", "code", "where"), [("0.000001", 3, NAMED), ("60000", 0, ANY)], ids=["named", "any"]
)
def test_the_command_line_is_a_gate_for_latency(
    bench: Bench, server: str, limit: str, code: int, where: list[str]
) -> None:
    publish(bench.olga, "tiny", {"model.onnx": tiny_model()}, read=True)
    _, token = create_token(bench.olga, name="gate", scope=Scope.WRITE)
    words = ["benchmark", "olga/tiny", "--artifact", "onnx", *where]
    with subprocess.Popen(
        [sys.executable, "-c", "from ondol.cli import main; main()", *words, "--max-p95", limit],
        env=os.environ | {"ONDOL_URL": server, "ONDOL_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as gate:
        until(lambda: Job.objects.filter(state=JobState.FINALIZING).exists())
        finalize(Job.objects.get().pk)
        said, _ = gate.communicate(timeout=PATIENCE_S)
    assert gate.returncode == code
    assert b"p95" in said
    assert Evidence.objects.get().document["signed"]["signature"]
