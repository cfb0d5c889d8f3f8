import hashlib
import json
from typing import Any

import pytest
from ondol_runner.protocol import FinishRequest, Outcome, decode

from jobs.models import Attempt, Benchmark, Evidence, Job
from jobs.services.benchmark_requests import CannotRun, EngineMissing, request_benchmark
from jobs.services.benchmarks import finalize, finish
from jobs.types import FailureReason, JobState, Verdict
from portal.core.errors import Invalid
from repository.models import Artifact, ArtifactFigure
from repository.services.ai_models import delete_model
from repository.types import ArtifactFormat
from tests.cast import Cast
from tests.conftest import As
from tests.jobs.scene import Board, benchmark_job, connect, granted, publish, result

STEADY = [[2.0, 2.1, 2.0, 2.1, 2.05]] * 3


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


@pytest.fixture
def artifact(cast: Cast) -> Artifact:
    return publish(cast.olga)


@pytest.fixture
def attempt(cast: Cast, board: Board, artifact: Artifact) -> Attempt:
    return granted(benchmark_job(cast.olga, board, artifact), board, started=True)[0]


def report(attempt: Attempt, said: dict[str, Any]) -> Job:
    """Finish an attempt with these samples and have them finalized."""
    whole = {"epoch": 1, "outcome": "succeeded", "log_size": 0, "result": said}
    finish(attempt, decode(FinishRequest, whole), "key")
    finalize(attempt.job_id)
    return Job.objects.get(pk=attempt.job_id)


def test_figures_come_from_the_raw_samples(attempt: Attempt) -> None:
    job = report(attempt, result([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [2.0, 2.0, 12.0]]))
    assert job.state == JobState.SUCCEEDED
    made = job.benchmark
    assert (made.p50_ms, made.sample_count, made.launch_count) == (2.0, 9, 3)
    assert made.p50_low_ms <= 2.0 <= made.p50_high_ms
    assert made.p90_ms == pytest.approx(4.8)
    assert (made.load_ms, made.peak_memory_bytes) == (6.0, 30_000_002)
    assert (made.engine, made.engine_version, made.device_name) == (
        "onnxruntime",
        "1.31.0",
        "board",
    )
    assert job.result["p50"] == 2.0


def test_steady_samples_are_comparable(attempt: Attempt) -> None:
    made = report(attempt, result(STEADY)).benchmark
    assert (made.verdict, made.verdict_reasons) == (Verdict.COMPARABLE, [])


def test_a_shared_processor_makes_a_number_noisy(attempt: Attempt) -> None:
    made = report(attempt, result(STEADY, cpu_share=0.5)).benchmark
    assert (made.verdict, made.verdict_reasons) == (Verdict.NOISY, ["processor_shared"])


@pytest.mark.parametrize(
    "samples",
    [[], [[]], [[1.0, 2.0]], [[1.0, 1.0, 1.0, 1.0, -1.0]], [[1.0, 1.0, 1.0, 1.0, 4e6]]],
    ids=["no launch", "no sample", "too few", "before it began", "over an hour"],
)
def test_a_report_without_usable_samples_makes_no_number(
    attempt: Attempt, samples: list[list[float]]
) -> None:
    job = report(attempt, result(samples))
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.BAD_RESULT)
    assert not Benchmark.objects.exists()
    assert not ArtifactFigure.objects.exists()


def test_memory_that_no_machine_has_makes_no_number(attempt: Attempt) -> None:
    said = result(STEADY)
    said["launches"][0]["peak_rss_bytes"] = 10**30
    job = report(attempt, said)
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.BAD_RESULT)


def test_success_without_any_result_is_a_failure(attempt: Attempt) -> None:
    finish(attempt, FinishRequest(epoch=1, outcome=Outcome.SUCCEEDED, log_size=0), "key")
    job = Job.objects.get(pk=attempt.job_id)
    assert job.state == JobState.FAILED
    finalize(job.pk)
    assert not Benchmark.objects.exists()


def test_finalizing_twice_makes_one_number(attempt: Attempt) -> None:
    job = report(attempt, result(STEADY))
    finalize(job.pk)
    assert Benchmark.objects.count() == 1


def test_the_evidence_can_be_checked_against_its_digest(attempt: Attempt) -> None:
    job = report(attempt, result(STEADY))
    kept = Evidence.objects.get(benchmark__job=job)
    text = json.dumps(kept.document, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == kept.sha256
    assert kept.document["spec"] == job.spec
    said = [launch["samples_ms"] for launch in kept.document["result"]["launches"]]
    assert said == STEADY
    kept.document["result"]["launches"][0]["samples_ms"][0] = 1.9
    text = json.dumps(kept.document, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() != kept.sha256


def test_the_measured_latency_stands_in_the_list_of_models(
    attempt: Attempt, as_user: As, cast: Cast
) -> None:
    def latency() -> Any:
        (row,) = as_user(cast.rita).get("/api/v1/models").json()["results"]
        return row["best"] and row["best"]["latency"]

    assert not latency()
    report(attempt, result(STEADY))
    shown = latency()
    assert (shown["p50_ms"], shown["device"]) == (2.05, "board")


def test_the_benchmark_is_read_with_its_model(attempt: Attempt, cast: Cast, as_user: As) -> None:
    job = report(attempt, result(STEADY))
    (row,) = as_user(cast.rita).get("/api/v1/models/olga/tiny/benchmarks").json()["results"]
    assert (row["job"], row["p50_ms"], row["sample_count"]) == (job.pk, 2.05, 15)
    assert row["throughput"] == pytest.approx(1000 / 2.05)
    assert row["evidence_sha256"] == Evidence.objects.get().sha256


def test_an_engine_that_the_device_lacks_is_refused_with_those_it_has(
    cast: Cast, artifact: Artifact
) -> None:
    poor = connect(cast.olga, "poor", pytorch="2.13.0")
    with pytest.raises(EngineMissing, match=r"has pytorch") as refused:
        request_benchmark(cast.olga, artifact, poor.device)
    assert list(refused.value.details) == ["engine"]
    assert not Job.objects.exists()


def test_the_engine_that_was_asked_for_is_taken(cast: Cast, artifact: Artifact) -> None:
    both = connect(cast.olga, "both", onnxruntime="1.31.0", openvino="2026.4")
    job = request_benchmark(cast.olga, artifact, both.device, engine="openvino")
    assert (job.engine, job.spec["engine"]) == ("openvino", "openvino")
    assert request_benchmark(cast.olga, artifact, both.device).engine == "onnxruntime"


def test_a_format_that_no_engine_runs_is_refused(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    artifact.format = ArtifactFormat.GGUF
    with pytest.raises(CannotRun):
        request_benchmark(cast.olga, artifact, board.device)


@pytest.mark.parametrize("threads", [0, 5])
def test_more_threads_than_cores_are_refused(
    cast: Cast, board: Board, artifact: Artifact, threads: int
) -> None:
    with pytest.raises(Invalid, match="4 cores"):
        request_benchmark(cast.olga, artifact, board.device, threads=threads)


def test_the_number_of_a_model_deleted_meanwhile_is_kept_without_it(
    attempt: Attempt, cast: Cast
) -> None:
    ai_model = attempt.job.ai_model
    assert ai_model is not None
    delete_model(cast.olga, ai_model)
    job = report(Attempt.objects.get(pk=attempt.pk), result(STEADY))
    assert (job.state, job.ai_model, job.benchmark.artifact) == (JobState.SUCCEEDED, None, None)


def test_the_number_of_a_device_removed_meanwhile_keeps_its_name(
    attempt: Attempt, board: Board
) -> None:
    board.device.delete()
    job = report(Attempt.objects.get(pk=attempt.pk), result(STEADY))
    assert (job.state, job.benchmark.device) == (JobState.SUCCEEDED, None)
    assert job.benchmark.device_name == "board"
