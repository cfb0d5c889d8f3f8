"""Running failed jobs again, many at once."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from jobs.models import Job
from jobs.selectors.jobs import may_steer, visible_jobs
from jobs.services.lifecycle import retry
from jobs.types import JobKind, JobState
from portal.accounts.models import User

MOST_AT_ONCE = 50
MOST_LOOKED_AT = 200


def list_failed(user: User, rows: QuerySet[Job]) -> list[Job]:
    """Return the failed ones among jobs that a person may run again and nobody has yet.

    One whose repeat was cancelled counts as not run again. The newest come first, and no more
    than run at once.
    """
    repeats = Job.objects.filter(retry_of=OuterRef("pk")).exclude(state=JobState.CANCELLED)
    gone = Q(kind=JobKind.BENCHMARK, any_device=False, device=None)
    failed = rows.filter(~Exists(repeats), state=JobState.FAILED, artifact__isnull=False)
    newest = failed.exclude(gone).order_by("-id")[:MOST_LOOKED_AT]
    return [job for job in newest if may_steer(user, job)][:MOST_AT_ONCE]


@transaction.atomic
def rerun(user: User, job_ids: Collection[int]) -> list[Job]:
    """Queue the work of failed jobs again; what cannot or need not run again is left out."""
    # Of two who press at once, the second waits here and finds that the first ran them again.
    list(Job.objects.select_for_update().filter(pk__in=job_ids).order_by("pk"))
    failed = list_failed(user, visible_jobs(user).filter(pk__in=job_ids))
    return [retry(user, job) for job in reversed(failed)]
