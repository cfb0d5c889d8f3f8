"""The janitor: takes back what went silent, ends what can never run, sends again what was lost.

Every duty is safe to run twice and by two janitors at a time: all moves are conditional.
"""

import datetime as dt
import logging

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from jobs.models import Attempt, Job
from jobs.services.lifecycle import WrongMove, announce, lose, move, tell
from jobs.types import OPEN_ATTEMPT, CancelWish, JobKind, JobState
from portal.core.background import relay
from portal.core.models import JanitorTick
from portal.core.wakeups import wake
from repository.services.collection import collect_when_due
from repository.services.incoming import expire_incoming
from repository.services.uploads import expire_uploads, resume_uploads

logger = logging.getLogger(__name__)
DUTY = "jobs"


def run_round() -> None:
    """Do every duty once. One that fails is told in the log and keeps none of the others waiting.

    Without its database nothing can be done: then the fault is the caller's and no tick is kept.
    """
    for duty in DUTIES:
        try:
            duty()
        except DatabaseError:
            raise
        except Exception:
            logger.exception("%s failed, the next round tries again", duty.__name__)
    JanitorTick.objects.update_or_create(duty=DUTY, defaults={"ticked_at": timezone.now()})


def forgive_outage() -> None:
    """Give every holder a whole lease from now where nobody could have renewed it.

    Measured from the last committed round, so a restarted janitor is not mistaken for an outage and
    an outage of the database counts in full. A lease that was renewed meanwhile stays as it is.
    """
    last = JanitorTick.objects.filter(duty=DUTY).first()
    if last is None:
        return
    now = timezone.now()
    gap = now - last.ticked_at
    if gap > dt.timedelta(seconds=settings.ENV.lease_s / 2):
        whole = now + dt.timedelta(seconds=settings.ENV.lease_s)
        held = Attempt.objects.filter(state__in=OPEN_ATTEMPT, lease_until__gte=last.ticked_at)
        held.filter(lease_until__lt=whole).update(lease_until=whole)
        logger.warning("nobody looked for %.0f s: every lease begins anew", gap.total_seconds())


def expire_leases() -> int:
    """Take back attempts whose holder went silent; return how many."""
    silent = Attempt.objects.filter(
        state__in=OPEN_ATTEMPT, lease_until__lt=timezone.now()
    ).select_related("job")
    count = 0
    for attempt in silent.order_by("lease_until", "id")[:200]:
        try:
            lose(attempt)
        except WrongMove:
            continue
        count += 1
    return count


def escalate_cancels() -> None:
    """Turn a polite cancel that was not followed into a forced one."""
    before = timezone.now() - dt.timedelta(seconds=settings.ENV.cancel_grace_s)
    slow = Job.objects.filter(
        state__in=[JobState.ASSIGNED, JobState.RUNNING],
        cancel=CancelWish.GRACEFUL,
        cancel_at__lt=before,
    )
    for job in slow:
        polite = Job.objects.filter(pk=job.pk, cancel=CancelWish.GRACEFUL)
        if polite.update(cancel=CancelWish.ABORT):
            tell(job, "cancel", wish=CancelWish.ABORT)


def expire_jobs() -> None:
    """End what nobody took in time, and remind the takers of the rest."""
    now = timezone.now()
    queued = Job.objects.filter(state=JobState.QUEUED).select_related("device")
    for job in queued.filter(expires_at__lt=now):
        try:
            move(job, JobState.EXPIRED)
        except WrongMove:
            continue
    for runner_id in (
        queued.filter(kind=JobKind.BENCHMARK, device__isnull=False)
        .values_list("device__runner_id", flat=True)
        .distinct()
    ):
        wake(f"runner:{runner_id}")
    stale = now - dt.timedelta(seconds=settings.ENV.resend_after_s)
    for job in queued.filter(kind=JobKind.CONVERT, created_at__lt=stale):
        announce(job)


DUTIES = (
    forgive_outage,
    expire_leases,
    escalate_cancels,
    expire_jobs,
    expire_uploads,
    expire_incoming,
    resume_uploads,
    collect_when_due,
    relay,
)
