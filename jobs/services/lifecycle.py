"""The life of a job: every move is one conditional UPDATE along the written table."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from ondol_runner.protocol import Sentence, sentence

from jobs.models import Attempt, Device, Job, JobEvent
from jobs.selectors.devices import takers
from jobs.services.failures import failure
from jobs.services.outcomes import tell_end
from jobs.types import (
    ATTEMPT_MOVES,
    ENDED,
    JOB_MOVES,
    OPEN_ATTEMPT,
    AttemptState,
    CancelWish,
    FailureReason,
    JobKind,
    JobState,
    Task,
)
from portal.accounts.models import User
from portal.core.background import enqueue
from portal.core.crash import saving
from portal.core.errors import Conflict
from portal.core.wakeups import wake
from repository.models import Artifact

MOST_LOSSES = 3


class WrongMove(Conflict):
    code = "wrong_move"


class AlreadyEnded(Conflict):
    code = "job_ended"


class StillOpen(Conflict):
    code = "job_open"


@dataclass(frozen=True)
class Wish:
    """Work that somebody wants: what `submit` turns into a job."""

    kind: JobKind
    title: str
    spec: dict[str, Any]
    artifact: Artifact
    device: Device | None = None
    engine: str = ""
    any_device: bool = False
    abilities: tuple[str, ...] = ()


@transaction.atomic
def submit(user: User, wish: Wish, *, retry_of: Job | None = None) -> Job:
    """Queue a job; a worker or the device's runner is told once the transaction has committed."""
    now = timezone.now()
    with saving(f"job.{JobState.QUEUED}"):
        job = Job.objects.create(
            kind=wish.kind,
            title=wish.title,
            spec=wish.spec,
            ai_model=wish.artifact.revision.ai_model,
            artifact=wish.artifact,
            device=wish.device,
            engine=wish.engine,
            any_device=wish.any_device,
            abilities="\n".join(wish.abilities),
            created_by=user,
            created_at=now,
            expires_at=now + dt.timedelta(seconds=settings.ENV.job_expires_s),
            retry_of=retry_of,
        )
    tell(job, "state", state=job.state)
    announce(job)
    return job


def announce(job: Job) -> None:
    """Tell who can do a queued job that it is there."""
    if job.kind == JobKind.CONVERT:
        enqueue(Task.RUN_CONVERSION, job_id=job.pk)
    elif job.device is not None:
        wake(job.device.runner.topic)
    else:
        for device in takers(job)[:1]:
            wake(device.runner.topic)


def tell(job: Job, kind: str, **data: Any) -> None:
    """Add an event to a job's story, and wake who follows it."""
    tell_all([JobEvent(job=job, kind=kind, data=data)])


def tell_all(events: Sequence[JobEvent]) -> None:
    """Add events to the stories of several jobs, and wake who follows any of them."""
    JobEvent.objects.bulk_create(events)
    wake("jobs", *{f"job:{event.job_id}" for event in events})


@transaction.atomic
def move(job: Job, to: JobState, **changes: Any) -> Job:
    """Move a job to its next state, or raise WrongMove if somebody moved it first."""
    sources = [state for state, targets in JOB_MOVES.items() if to in targets]
    if to in ENDED:
        changes.setdefault("ended_at", timezone.now())
    if to == JobState.QUEUED and job.any_device:
        # Whoever had it is no more than one of those that suit.
        changes["device"] = None
    with saving(f"job.{to}"):
        moved = Job.objects.filter(pk=job.pk, state__in=sources).update(state=to, **changes)
    if not moved:
        raise WrongMove(f"Job {job.pk} cannot become {to}: it moved on in the meantime.")
    job.refresh_from_db()
    tell(job, "state", state=to)
    if to in ENDED:
        tell_end(job)
    return job


def fail(job: Job, reason: FailureReason, *sentences: Sentence) -> Job:
    """End a job with a typed reason and sentences for its owner."""
    return move(job, JobState.FAILED, **failure(reason, sentences))


@transaction.atomic
def move_attempt(attempt: Attempt, to: AttemptState, **changes: Any) -> Attempt:
    """Move an attempt along its own table, or raise WrongMove."""
    sources = [state for state, targets in ATTEMPT_MOVES.items() if to in targets]
    if to not in OPEN_ATTEMPT:
        changes.setdefault("ended_at", timezone.now())
    with saving(f"attempt.{to}"):
        held = Attempt.objects.filter(pk=attempt.pk, state__in=sources)
        moved = held.update(state=to, **changes)
    if not moved:
        raise WrongMove(f"This attempt cannot become {to}: it ended in the meantime.")
    attempt.refresh_from_db()
    return attempt


@transaction.atomic
def cancel(job: Job) -> Job:
    """Ask for the end of a job: at once when nobody works on it, else politely, then by force.

    Asking a second time skips the polite part.
    """
    if job.state in ENDED:
        raise AlreadyEnded(f"Job {job.pk} has ended: there is nothing to cancel.")
    if job.state == JobState.QUEUED:
        return move(job, JobState.CANCELLED)
    wish = CancelWish.GRACEFUL if job.cancel == CancelWish.NONE else CancelWish.ABORT
    Job.objects.filter(pk=job.pk).update(cancel=wish, cancel_at=timezone.now())
    job.refresh_from_db()
    tell(job, "cancel", wish=wish)
    return job


def retry(user: User, job: Job) -> Job:
    """Queue the same work again as a new job."""
    if job.state not in ENDED:
        raise StillOpen(f"Job {job.pk} is still open. Cancel it first, or wait for its end.")
    if job.artifact is None:
        raise AlreadyEnded("The device file of this job is gone, so it cannot run again.")
    wish = Wish(
        JobKind(job.kind),
        job.title,
        job.spec,
        job.artifact,
        None if job.any_device else job.device,
        job.engine,
        job.any_device,
        tuple(job.abilities.splitlines()),
    )
    return submit(user, wish, retry_of=job)


@transaction.atomic
def lose(attempt: Attempt) -> None:
    """Take a job back from a holder that went silent.

    It is queued again, unless two different holders, or one of them three times, were lost while
    running it: then the job itself is the likely cause and it rests in quarantine.
    """
    was_running = attempt.state == AttemptState.RUNNING
    move_attempt(attempt, AttemptState.LOST)
    job = attempt.job
    job.refresh_from_db()
    if job.state in ENDED or job.state == JobState.FINALIZING:
        return
    losses = job.losses + was_running
    if job.cancel != CancelWish.NONE:
        move(job, JobState.CANCELLED, losses=losses)
    elif was_running and (_holders_lost(job) > 1 or losses >= MOST_LOSSES):
        silent = sentence(
            "machines_silent",
            "The machines that worked on this job went silent, again and again.",
        )
        told = failure(FailureReason.WORKER_LOST, [silent])
        move(job, JobState.QUARANTINED, losses=losses, **told)
    else:
        move(job, JobState.QUEUED, losses=losses, step="", fraction=0, text="")
        announce(job)


def _holders_lost(job: Job) -> int:
    lost = Q(state=AttemptState.LOST, started_at__isnull=False)
    return job.attempts.filter(lost).values("runner", "worker").distinct().count()
