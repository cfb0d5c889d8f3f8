"""Benchmarks: what the samples of a runner amount to."""

import dataclasses
import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils import timezone
from ondol_runner.protocol import (
    BenchmarkResult,
    FinishRequest,
    Outcome,
    ProtocolError,
    Sentence,
    decode,
    encode,
    sentence,
)

from jobs.models import Attempt, Benchmark, Evidence, Job
from jobs.services.attempts import close, is_open
from jobs.services.failures import failure
from jobs.services.lifecycle import WrongMove, fail, move
from jobs.services.logs import LOG_LIMIT
from jobs.services.spot_checks import spot_check
from jobs.statistics import Summary, summarize
from jobs.types import ENDED, FailureReason, JobState, Task
from portal.core.background import enqueue
from portal.core.errors import Conflict
from repository.services.artifacts import put_figure

FEWEST_SAMPLES = 5
MOST_SAMPLES = 100_000
LONGEST_MS = 3_600_000
MOST_MEMORY = 2**50


class KeyReused(Conflict):
    code = "idempotency_key_reused"


class FilesIncomplete(Conflict):
    code = "files_incomplete"


class LogIncomplete(Conflict):
    code = "log_incomplete"


@transaction.atomic
def finish(attempt: Attempt, request: FinishRequest, key: str, signature: str = "") -> None:
    """Take a runner's last word on an attempt. The same word under the same key is harmless.

    Another word under that key is refused with KeyReused, and one whose log or files are not all
    here with LogIncomplete or FilesIncomplete.
    """
    key = key[:80]
    word = encode(request)
    digest = hashlib.sha256(json.dumps(word, sort_keys=True).encode()).hexdigest()
    # The same word that comes at the same moment waits here, and is then the second one.
    attempt.refresh_from_db(from_queryset=Attempt.objects.select_for_update())
    if key and attempt.finish_key == key:
        if attempt.finish_digest not in {"", digest}:
            raise KeyReused(
                "This Idempotency-Key came with another report before. "
                "Send the first report again, or keep the answer it got."
            )
        return
    _check_arrivals(attempt, request)
    Attempt.objects.filter(pk=attempt.pk).update(
        finish_key=key, finish_digest=digest, report=word, report_signature=signature[:100]
    )
    if request.outcome == Outcome.SUCCEEDED and request.result is not None:
        job = close(attempt, JobState.FINALIZING, fraction=1.0, text="")
        enqueue(Task.FINALIZE_BENCHMARK, job_id=job.pk)
    elif request.outcome == Outcome.CANCELLED:
        close(attempt, JobState.CANCELLED)
    else:
        reason = request.reason.value if request.reason else FailureReason.UNKNOWN
        close(attempt, JobState.FAILED, **failure(reason, _words(request), request.message))


def _words(request: FinishRequest) -> list[Sentence]:
    """Return what a runner says of a failure; an older one gives no sentences by name."""
    if request.sentences:
        return request.sentences
    if request.message:
        return [Sentence(request.message)]
    return [sentence("no_reason", "The runner gave no reason.")]


def _check_arrivals(attempt: Attempt, request: FinishRequest) -> None:
    if request.files is None or not is_open(attempt):
        return
    if attempt.log_size < min(request.log_size, LOG_LIMIT):
        raise LogIncomplete(f"The log ends at byte {attempt.log_size}. Send the rest, then this.")
    # A file has its blob only once its bytes were found to be what they were announced to be.
    whole = set(attempt.files.filter(blob__isnull=False).values_list("name", flat=True))
    if lacking := sorted(set(request.files) - whole):
        names = ", ".join(lacking)
        raise FilesIncomplete(f"{names}: not all here. Offer and send again, then this.")


def finalize(job_id: int) -> None:
    """Turn the reported samples of a job into a benchmark with its evidence and figure.

    Statistics are computed here, from raw samples: a runner's own summary is never believed.
    """
    job = Job.objects.select_related("artifact__revision__ai_model", "device").get(pk=job_id)
    if job.state in ENDED:
        return
    attempt = job.attempts.order_by("-epoch").first()
    try:
        result = check_result(attempt.report["result"] if attempt and attempt.report else None)
    except ProtocolError as error:
        _end_badly(job, str(error))
        return
    summary = summarize_result(result, job.spec["threads"])
    with transaction.atomic():
        benchmark = keep_benchmark(job, result, summary)
        _seal(benchmark, job, result, attempt)
        _publish(job, benchmark)
        move(job, JobState.SUCCEEDED, result={"benchmark": benchmark.pk, **_short(summary)})
        spot_check(benchmark)


def summarize_result(result: BenchmarkResult, threads: int) -> Summary:
    return summarize(
        [launch.samples_ms for launch in result.launches],
        [launch.cpu_share / threads for launch in result.launches],
    )


def check_result(report: object) -> BenchmarkResult:
    """Return a report whose every number can be one, or raise ProtocolError."""
    result = decode(BenchmarkResult, report)
    samples = [value for launch in result.launches for value in launch.samples_ms]
    if not FEWEST_SAMPLES <= len(samples) <= MOST_SAMPLES:
        raise ProtocolError(f"{len(samples)} samples are not between 5 and 100,000.")
    if not all(0 < value < LONGEST_MS for value in samples):
        raise ProtocolError("A sample is not a time between zero and an hour.")
    if not all(0 <= launch.load_ms < LONGEST_MS for launch in result.launches):
        raise ProtocolError("A load time is not between zero and an hour.")
    memory = [
        size for row in result.launches for size in (row.import_rss_bytes, row.peak_rss_bytes)
    ]
    if not all(0 <= size < MOST_MEMORY for size in memory):
        raise ProtocolError("A launch took more memory than any machine has.")
    return result


def _end_badly(job: Job, message: str) -> None:
    try:
        fail(
            job,
            FailureReason.BAD_RESULT,
            sentence("report_unusable", "The runner's report cannot be used: {why}", why=message),
        )
    except WrongMove:
        return


def keep_benchmark(job: Job, result: BenchmarkResult, summary: Summary) -> Benchmark:
    """Keep what samples amount to."""
    loads = sorted(launch.load_ms for launch in result.launches)
    peak = max(launch.peak_rss_bytes - launch.import_rss_bytes for launch in result.launches)
    return Benchmark.objects.create(
        job=job,
        artifact=job.artifact,
        device=job.device,
        device_name=job.spec["device_name"],
        engine=job.engine,
        engine_version=result.conditions.engine_version[:40],
        threads=job.spec["threads"],
        p50_ms=summary.p50,
        p50_low_ms=summary.low,
        p50_high_ms=summary.high,
        p90_ms=summary.p90,
        p95_ms=summary.p95,
        p99_ms=summary.p99,
        load_ms=loads[len(loads) // 2],
        peak_memory_bytes=max(peak, 0),
        sample_count=summary.sample_count,
        launch_count=len(result.launches),
        verdict=summary.verdict,
        verdict_reasons=summary.reasons,
        conditions=encode(result.conditions),
    )


def _seal(benchmark: Benchmark, job: Job, result: BenchmarkResult, attempt: Attempt | None) -> None:
    document: dict[str, Any] = {
        "job": job.pk,
        "spec": job.spec,
        "device": job.device.passport if job.device else {},
        "result": encode(result),
        "finalized_at": timezone.now().isoformat(),
    }
    if attempt and attempt.runner and attempt.report and attempt.report_signature:
        rest = {name: value for name, value in attempt.report.items() if name != "result"}
        document["signed"] = {
            "attempt": attempt.pk,
            "key": attempt.runner.public_key,
            "report": rest,
            "signature": attempt.report_signature,
        }
    Evidence.objects.create(benchmark=benchmark, document=document, sha256=seal_of(document))


def seal_of(document: dict[str, Any]) -> str:
    """Return the digest of an evidence document, the same wherever it is counted."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _publish(job: Job, benchmark: Benchmark) -> None:
    """Give the artifact its figure. A model that was deleted meanwhile has no list to stand in."""
    if job.artifact is None:
        return
    profile = job.device.profile if job.device else None
    put_figure(
        job.artifact,
        profile=profile.slug if profile else "",
        device=benchmark.device_name,
        engine=benchmark.engine,
        p50_ms=benchmark.p50_ms,
        p50_low_ms=benchmark.p50_low_ms,
        p50_high_ms=benchmark.p50_high_ms,
        p95_ms=benchmark.p95_ms,
        peak_memory_bytes=benchmark.peak_memory_bytes,
        verdict=benchmark.verdict,
        measured_at=timezone.now(),
    )


def _short(summary: Summary) -> dict[str, Any]:
    fields = dataclasses.asdict(summary)
    return {name: fields[name] for name in ("p50", "low", "high", "p90", "verdict", "reasons")}
