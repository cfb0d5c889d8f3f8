"""The janitor: takes back what went silent, ends what can never run, sends again what was lost.

Every duty is safe to run twice and by two janitors at a time: all moves are conditional.
"""

import contextlib
import datetime as dt
import logging

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.db.models import Min
from django.utils import timezone
from ondol_runner.protocol import sentence

from jobs.models import Attempt, Job
from jobs.models.device import topic_of
from jobs.selectors.devices import list_devices, takers
from jobs.selectors.waiting import waits_for
from jobs.services.benchmarks import finalize
from jobs.services.failures import failure
from jobs.services.lifecycle import WrongMove, announce, fail, lose, move, tell
from jobs.types import OPEN_ATTEMPT, CancelWish, FailureReason, JobKind, JobState, WaitCode
from portal.core.background import relay
from portal.core.models import JanitorTick
from portal.core.one_by_one import left_out, one_by_one
from portal.core.wakeups import wake
from portal.news.services.delivery import announce_due
from repository.services.collection import collect_when_due
from repository.services.incoming import expire_incoming
from repository.services.search_tending import tend_search_when_due
from repository.services.uploads import expire_uploads, resume_uploads

logger = logging.getLogger(__name__)
DUTY = "jobs"
MOST_REMINDED = 32


def run_round() -> None:
    """Do every duty once. One that fails is told in the log and keeps none of the others waiting.

    Within a duty a bad row keeps none of the others waiting; the tick says how many there were.

    Without its database nothing can be done: then the fault is the caller's and no tick is kept.
    """
    left_out.clear()
    for duty in DUTIES:
        try:
            duty()
        except DatabaseError:
            raise
        except Exception:
            logger.exception("%s failed, the next round tries again", duty.__name__)
    JanitorTick.objects.update_or_create(
        duty=DUTY, defaults={"ticked_at": timezone.now(), "left_out": left_out.total()}
    )


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
    return one_by_one(silent.order_by("lease_until", "id")[:200], _take_back)


def _take_back(attempt: Attempt) -> None:
    with contextlib.suppress(WrongMove):
        lose(attempt)


def escalate_cancels() -> None:
    """Turn a polite cancel that was not followed into a forced one."""
    before = timezone.now() - dt.timedelta(seconds=settings.ENV.cancel_grace_s)
    slow = Job.objects.filter(
        state__in=[JobState.ASSIGNED, JobState.RUNNING],
        cancel=CancelWish.GRACEFUL,
        cancel_at__lt=before,
    )
    one_by_one(slow, _insist)


def _insist(job: Job) -> None:
    polite = Job.objects.filter(pk=job.pk, cancel=CancelWish.GRACEFUL)
    if polite.update(cancel=CancelWish.ABORT, cancel_at=timezone.now()):
        tell(job, "cancel", wish=CancelWish.ABORT)


def end_aborted() -> None:
    """End what was to stop by force and whose holder never said that it did: it is fenced."""
    before = timezone.now() - 2 * dt.timedelta(seconds=settings.ENV.lease_s)
    held = Attempt.objects.filter(
        state__in=OPEN_ATTEMPT, job__cancel=CancelWish.ABORT, job__cancel_at__lt=before
    )
    one_by_one(held.select_related("job"), _take_back)


def end_finalizing() -> None:
    """Finish here what no worker finished within a lease, or say that it cannot be finished."""
    before = timezone.now() - dt.timedelta(seconds=settings.ENV.lease_s)
    stuck = Job.objects.filter(state=JobState.FINALIZING).exclude(attempts__ended_at__gte=before)
    one_by_one(stuck, _finish)


def _finish(job: Job) -> None:
    try:
        finalize(job.pk)
    except OperationalError:
        raise
    except Exception:
        # Of a worker that did it meanwhile nothing is taken away: this move is conditional.
        with contextlib.suppress(WrongMove):
            said = sentence("result_fault", "The server failed to work out the result.")
            fail(job, FailureReason.BAD_RESULT, said)
            logger.exception("the result of %s cannot be worked out", job)


def expire_jobs() -> None:
    """End what nobody took in time, with its reason."""
    late = Job.objects.filter(state=JobState.QUEUED, expires_at__lt=timezone.now())
    related = ("device__runner__owner", "device__reserved_by", "created_by")
    one_by_one(late.select_related(*related), _expire)


def _expire(job: Job) -> None:
    reason = waits_for(job)
    never = reason is not None and reason.code in (WaitCode.NO_DEVICE, WaitCode.NOT_ALLOWED)
    said = list(reason.sentences) if reason else []
    if not never:
        said.insert(0, sentence("expired", "Its turn did not come before it expired."))
    cause = FailureReason.NO_DEVICE if never else FailureReason.TIMEOUT
    with contextlib.suppress(WrongMove):
        move(job, JobState.EXPIRED, **failure(cause, said))


def remind_takers() -> None:
    """Wake whoever may take what is queued: a wake-up may have been lost, or met a busy device."""
    queued = Job.objects.filter(state=JobState.QUEUED).select_related("created_by")
    measured = queued.filter(kind=JobKind.BENCHMARK)
    named = measured.filter(device__isnull=False).order_by()
    digests = named.values_list("device__runner__token_digest", flat=True).distinct()
    topics = {topic_of(digest) for digest in digests}
    kinds = measured.filter(any_device=True).order_by().values("engine", "abilities", "created_by")
    oldest = kinds.annotate(first=Min("pk")).values_list("first", flat=True)
    anywhere = list(queued.filter(pk__in=oldest))
    attached = list(list_devices()) if anywhere else []
    for job in anywhere:
        topics |= {device.runner.topic for device in takers(job, attached)[:MOST_REMINDED]}
    for topic in topics:
        wake(topic)
    stale = timezone.now() - dt.timedelta(seconds=settings.ENV.resend_after_s)
    one_by_one(queued.filter(kind=JobKind.CONVERT, created_at__lt=stale), announce)


DUTIES = (
    forgive_outage,
    expire_leases,
    escalate_cancels,
    end_aborted,
    end_finalizing,
    expire_jobs,
    remind_takers,
    expire_uploads,
    expire_incoming,
    resume_uploads,
    collect_when_due,
    tend_search_when_due,
    announce_due,
    relay,
)
