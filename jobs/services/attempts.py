"""Attempts: granting a job, keeping its lease, its progress and its log, and ending it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from jobs.models import Attempt, Device, Job, Runner
from jobs.services.lifecycle import WrongMove, move, move_attempt, tell
from jobs.types import OPEN_ATTEMPT, AttemptState, CancelWish, JobState
from portal.accounts.tokens import digest_of, new_secret
from portal.core.crash import saving
from portal.core.errors import Conflict


class Fenced(Conflict):
    code = "fenced"


@dataclass(frozen=True)
class Holder:
    """Who works on a job: a runner with one of its devices, or a worker by name."""

    runner: Runner | None = None
    device: Device | None = None
    worker: str = ""


def open_attempt(job: Job, holder: Holder, *, lease_s: float) -> tuple[Attempt, str] | None:
    """Grant a queued job to a holder, or return nothing if somebody was faster.

    The database decides: one open attempt per job, one per device.
    """
    secret = new_secret("oa_")
    now = timezone.now()
    try:
        with transaction.atomic():
            move(job, JobState.ASSIGNED, **_taken_by(job, holder))
            last = job.attempts.aggregate(last=Max("epoch"))["last"] or 0
            with saving(f"attempt.{AttemptState.OFFERED}"):
                attempt = Attempt.objects.create(
                    job=job,
                    epoch=last + 1,
                    runner=holder.runner,
                    device=holder.device,
                    worker=holder.worker,
                    token_digest=digest_of(secret),
                    lease_until=now + dt.timedelta(seconds=lease_s),
                    created_at=now,
                )
    except (WrongMove, IntegrityError):
        return None
    return attempt, secret


def _taken_by(job: Job, holder: Holder) -> dict[str, Any]:
    """Return what a job for any device notes of the one that takes it: its number tells of it."""
    if not job.any_device or holder.device is None:
        return {}
    return {"device": holder.device, "spec": {**job.spec, "device_name": holder.device.name}}


def renew_token(attempt: Attempt) -> str:
    """Give an offered attempt a new secret: its first answer may have been lost on the way."""
    secret = new_secret("oa_")
    lease = timezone.now() + dt.timedelta(seconds=settings.ENV.accept_within_s)
    changed = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.OFFERED).update(
        token_digest=digest_of(secret), lease_until=lease
    )
    if not changed:
        raise Fenced("This attempt is not offered any more.")
    return secret


@transaction.atomic
def start(attempt: Attempt) -> None:
    """Begin the work; saying so twice is harmless."""
    if attempt.state == AttemptState.RUNNING:
        return
    now = timezone.now()
    lease = now + dt.timedelta(seconds=settings.ENV.lease_s)
    try:
        move_attempt(attempt, AttemptState.RUNNING, started_at=now, lease_until=lease)
    except WrongMove as error:
        attempt.refresh_from_db()
        if attempt.state == AttemptState.RUNNING:
            return  # the same word, which came at the same moment
        raise Fenced("This offer has run out.") from error
    move(attempt.job, JobState.RUNNING, started_at=now)


def beat(attempt: Attempt, *, step: str, fraction: float, text: str) -> CancelWish:
    """Keep the lease, note the progress, and answer whether to stop."""
    lease = timezone.now() + dt.timedelta(seconds=settings.ENV.lease_s)
    held = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.RUNNING)
    if not held.update(lease_until=lease):
        raise Fenced("This job was given to somebody else, or has ended.")
    progress(attempt.job, step=step, fraction=fraction, text=text)
    wish = Job.objects.filter(pk=attempt.job_id).values_list("cancel", flat=True).get()
    return CancelWish(wish)


def progress(job: Job, *, step: str, fraction: float, text: str) -> None:
    """Note how far a job is; what did not change is not told again."""
    now = (step[:60], min(max(fraction, 0.0), 1.0), text[:300])
    if now == (job.step, job.fraction, job.text):
        return
    job.step, job.fraction, job.text = now
    Job.objects.filter(pk=job.pk).update(step=job.step, fraction=job.fraction, text=job.text)
    tell(job, "progress", step=job.step, fraction=job.fraction, text=job.text)


@transaction.atomic
def refuse(attempt: Attempt) -> None:
    """Hand an offer back: the job waits for another try without a loss, unless it should end."""
    try:
        move_attempt(attempt, AttemptState.REFUSED)
    except WrongMove as error:
        raise Fenced("This is no offer any more.") from error
    job = attempt.job
    job.refresh_from_db()
    move(job, JobState.QUEUED if job.cancel == CancelWish.NONE else JobState.CANCELLED)


@transaction.atomic
def close(attempt: Attempt, to: JobState, **changes: Any) -> Job:
    """End an attempt and move its job, in one transaction: the first to commit wins."""
    try:
        move_attempt(attempt, AttemptState.CLOSED)
    except WrongMove as error:
        raise Fenced("This job was given to somebody else, or has ended.") from error
    return move(attempt.job, to, **changes)


def is_open(attempt: Attempt) -> bool:
    return attempt.state in OPEN_ATTEMPT
