"""Ways a job or an upload can go, in steps towards an end; a run that failed may be repeated."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from ondol_runner.protocol import (
    BenchmarkResult,
    ClaimRequest,
    FileOffer,
    FinishRequest,
    Outcome,
    decode,
)

from jobs.models import Attempt, Job, Runner
from jobs.services.attempt_files import Part, append_part, offer_file
from jobs.services.attempts import refuse, start
from jobs.services.benchmarks import finish
from jobs.services.dispatch import claim
from jobs.services.janitor import run_round
from jobs.services.lifecycle import cancel
from jobs.services.logs import append_log
from jobs.tasks import finalize_benchmark
from jobs.types import ENDED, OPEN_ATTEMPT, AttemptState, CancelWish, JobState, Task
from portal.accounts.models import User
from portal.core.models import OutboxMessage
from repository.models import Artifact, UploadSession
from repository.services.uploads import ENDED as UPLOAD_ENDED
from repository.services.uploads import expire_uploads, finish_upload, part_path, start_upload
from repository.types import UploadState
from tests.jobs.scene import Board, benchmark_job, result

MOST_STEPS = 10
LOG = b"Launch 1\n"
TABLE = b"launch,sample,milliseconds\n"
HALF = 14
A_MOMENT = dt.timedelta(seconds=1)
LONG_AGO = dt.timedelta(hours=30)
REPORT = decode(BenchmarkResult, result([[1.0, 1.1, 1.2]] * 3))


@dataclass(frozen=True)
class Stage:
    """Who asks for what, on which board."""

    owner: User
    artifact: Artifact
    board: Board


def run_job(stage: Stage, end: JobState) -> Job:
    """Bring the newest job to an end, submitting it if there is none that is open."""
    job = Job.objects.exclude(state__in=ENDED).order_by("-id").first()
    job = job or benchmark_job(stage.owner, stage.board, stage.artifact)
    for _ in range(MOST_STEPS):
        if job.state in ENDED:
            break
        STEPS[JobState(job.state)](job, end, stage)
        job.refresh_from_db()
    _work_off()
    return job


def _queued(job: Job, end: JobState, stage: Stage) -> None:
    if end == JobState.EXPIRED:
        Job.objects.filter(pk=job.pk).update(expires_at=timezone.now() - LONG_AGO)
        run_round()
        return
    # As after its restart: a runner that was killed holds nothing.
    session = Runner.objects.get(pk=stage.board.runner.pk).session_id
    claim(stage.board.runner, ClaimRequest(session, [stage.board.device.name], 0))


def _assigned(job: Job, end: JobState, stage: Stage) -> None:
    attempt = _open(job)
    if end == JobState.QUEUED and attempt.epoch == 1:
        refuse(attempt)
    else:
        start(attempt)


def _running(job: Job, end: JobState, stage: Stage) -> None:
    attempt = _open(job)
    if end == JobState.QUARANTINED:
        Attempt.objects.filter(pk=attempt.pk).update(lease_until=timezone.now() - A_MOMENT)
        run_round()
        return
    if attempt.log_size == 0:
        append_log(attempt, 0, LOG)
    _keep_table(attempt)
    if end == JobState.CANCELLED and job.cancel == CancelWish.NONE:
        cancel(job)
    good = end in {JobState.SUCCEEDED, JobState.QUEUED}
    outcome = {JobState.CANCELLED: Outcome.CANCELLED, JobState.FAILED: Outcome.FAILED}
    said = outcome.get(end, Outcome.SUCCEEDED)
    request = FinishRequest(attempt.epoch, said, len(LOG), result=REPORT if good else None)
    finish(attempt, request, f"finish-{attempt.pk}-{attempt.epoch}")


def _keep_table(attempt: Attempt) -> None:
    """Send a file as a runner does: what the server lacks of it, as often as it takes."""
    digest = hashlib.sha256(TABLE).hexdigest()
    file = offer_file(attempt, FileOffer(attempt.epoch, "samples.csv", len(TABLE), digest))
    for at in range(file.received, len(TABLE), HALF):
        part = TABLE[at : at + HALF]
        append_part(file, Part(at, part, hashlib.sha256(part).hexdigest()))


def _finalizing(job: Job, end: JobState, stage: Stage) -> None:
    _work_off()


def _work_off() -> None:
    for row in OutboxMessage.objects.filter(task=Task.FINALIZE_BENCHMARK):
        finalize_benchmark(message_id=row.pk)


def _open(job: Job) -> Attempt:
    return job.attempts.select_related("job").get(state__in=OPEN_ATTEMPT)


STEPS: dict[JobState, Callable[[Job, JobState, Stage], None]] = {
    JobState.QUEUED: _queued,
    JobState.ASSIGNED: _assigned,
    JobState.RUNNING: _running,
    JobState.FINALIZING: _finalizing,
}

BYTES = b"bytes of an upload"


def run_upload(stage: Stage, end: UploadState) -> UploadSession:
    """Bring the newest upload to an end; the name tells the reader what to think of it."""
    open_states = (UploadState.OPEN, UploadState.RECEIVED)
    upload = UploadSession.objects.filter(state__in=open_states).order_by("-created_at").first()
    upload = upload or start_upload(stage.owner, filename=f"{end}.onnx", size_bytes=len(BYTES))
    if end == UploadState.EXPIRED:
        UploadSession.objects.filter(pk=upload.pk).update(expires_at=timezone.now() - LONG_AGO)
        expire_uploads()
        upload.refresh_from_db()
        return upload
    if upload.state == UploadState.OPEN:
        part_path(upload).write_bytes(BYTES)
    while upload.state not in UPLOAD_ENDED:
        upload = finish_upload(upload)
    return upload


ENDS_OF: dict[str, JobState] = {
    **{f"job.{state}": state for state in (ENDED - {JobState.SUCCEEDED})},
    f"attempt.{AttemptState.REFUSED}": JobState.QUEUED,
    f"attempt.{AttemptState.LOST}": JobState.QUARANTINED,
}
"""The save that only one way of a job passes, and that way; every other save is on the good one."""
