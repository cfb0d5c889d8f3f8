"""What must be true of every job after a run, read from its rows: `check` names what is not."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from itertools import pairwise

from django.db.models import F
from django.utils import timezone

from jobs.models import Attempt, Benchmark, Job, LogChunk
from jobs.types import ENDED, JOB_MOVES, OPEN_ATTEMPT, AttemptState, JobKind, JobState
from portal.core.models import OutboxMessage
from repository.blobs.hashing import digest_of
from repository.blobs.store import blob_store

LEASES = 3


def check(acknowledged: Iterable[int], lease_s: float) -> list[str]:
    """Return every broken promise about jobs that had time to end."""
    jobs = list(Job.objects.order_by("id"))
    known = {job.pk for job in jobs}
    broken = [f"job {pk} was acknowledged and is gone" for pk in acknowledged if pk not in known]
    for job in jobs:
        broken += [f"job {job.pk}: {fault}" for fault in faults_of(job, lease_s)]
    broken += [f"left in the outbox: {row}" for row in OutboxMessage.objects.all()]
    return broken


def faults_of(job: Job, lease_s: float) -> Iterator[str]:
    attempts = list(job.attempts.order_by("epoch"))
    yield from _ends_once(job)
    yield from _one_result(job, attempts)
    yield from _epochs_rise(attempts)
    for attempt in attempts:
        yield from (f"attempt {attempt.epoch}: {fault}" for fault in _log_faults(attempt))
        yield from (f"attempt {attempt.epoch}: {fault}" for fault in _file_faults(attempt))
        yield from (f"attempt {attempt.epoch}: {fault}" for fault in stuck(attempt, lease_s))


def _ends_once(job: Job) -> Iterator[str]:
    told = job.events.filter(kind="state").order_by("id")
    states = [JobState(event.data["state"]) for event in told]
    if job.state not in ENDED:
        yield f"it is still {job.state}"
    if sum(state in ENDED for state in states) > 1:
        yield f"it ended more than once: {states}"
    if not states or states[0] != JobState.QUEUED or states[-1] != job.state:
        yield f"its story {states} does not lead to {job.state}"
    for source, target in pairwise(states):
        if target not in JOB_MOVES[source]:
            yield f"it moved from {source} to {target}"


def _one_result(job: Job, attempts: list[Attempt]) -> Iterator[str]:
    closed = [attempt for attempt in attempts if attempt.state == AttemptState.CLOSED]
    if len(closed) > 1 or (closed and closed[0] != attempts[-1]):
        yield f"attempts {[row.epoch for row in closed]} of {len(attempts)} closed it"
    if job.kind != JobKind.BENCHMARK:
        return
    made = Benchmark.objects.filter(job=job).select_related("evidence").first()
    if (made is not None) != (job.state == JobState.SUCCEEDED):
        yield f"it is {job.state} and {'has' if made else 'lacks'} a result"
    if made and closed and made.evidence.document["result"] != (closed[0].report or {})["result"]:
        yield "its result is not the one that its last attempt reported"


def _epochs_rise(attempts: list[Attempt]) -> Iterator[str]:
    epochs = [attempt.epoch for attempt in attempts]
    if epochs != list(range(1, len(epochs) + 1)):
        yield f"its epochs are {epochs}"
    for before, after in pairwise(attempts):
        if before.ended_at is None or before.ended_at > after.created_at:
            yield f"attempts {before.epoch} and {after.epoch} were open at one time"


def _log_faults(attempt: Attempt) -> Iterator[str]:
    end = 0
    for chunk in LogChunk.objects.filter(attempt=attempt).order_by("offset"):
        if chunk.offset != end:
            yield f"its log goes on at {chunk.offset} after {end}"
        end = chunk.offset + len(chunk.content)
    if end != attempt.log_size:
        yield f"its log has {end} bytes of {attempt.log_size}"
    said = (attempt.report or {}).get("log_size", end)
    if attempt.state == AttemptState.CLOSED and said != end:
        yield f"its log has {end} bytes, its runner wrote {said}"


def _file_faults(attempt: Attempt) -> Iterator[str]:
    for file in attempt.files.select_related("blob"):
        came = file.received == file.size_bytes and attempt.state == AttemptState.CLOSED
        if file.blob is None and came:
            yield f"all bytes of {file.name} came, and it is not whole"
        if file.blob is not None and digest_of(blob_store().path(file.sha256)) != file.sha256:
            yield f"{file.name} is not what its digest says"


def stuck(attempt: Attempt, lease_s: float) -> Iterator[str]:
    """Name an attempt that was open longer than three leases after its last sign of life."""
    ended = attempt.ended_at or timezone.now()
    if ended > attempt.lease_until + dt.timedelta(seconds=LEASES * lease_s):
        late = (ended - attempt.lease_until).total_seconds()
        yield f"it is {attempt.state} {late:.1f} s after its lease of {lease_s} s had ended"
    if attempt.state in OPEN_ATTEMPT and attempt.job.state in ENDED:
        yield "it is open and its job has ended"


def shared_devices() -> list[str]:
    """Name every two attempts that a device ran at one time."""
    rows = Attempt.objects.filter(device__isnull=False).order_by("device", "created_at", F("epoch"))
    return [
        f"device {after.device_id} ran {before} and {after} at one time"
        for before, after in pairwise(rows)
        if before.device_id == after.device_id
        and (before.ended_at is None or before.ended_at > after.created_at)
    ]


def report(lease_s: float, acknowledged: list[int]) -> str:
    return json.dumps(check(acknowledged, lease_s) + shared_devices())
