"""Whose turn it is: by priority, then by owner, then by age.

Among owners, the one with the fewest jobs at work goes first, then the one served longest ago: a
thousand jobs of one person stand behind the first of another, in every queue alike.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from jobs.models import Job
from jobs.types import AT_WORK, JobKind
from portal.accounts.models import User

JUST_NOW = dt.datetime.max.replace(tzinfo=dt.UTC)
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Standing:
    """What an owner got so far: jobs at work now, and when the last one began."""

    running: int
    served: dt.datetime


def standings(owners: Iterable[int], kind: JobKind) -> dict[int, Standing]:
    """Return how each owner stands in the queues of a kind."""
    wanted = list(owners)
    at_work = Job.objects.filter(created_by__in=wanted, kind=kind, state__in=AT_WORK)
    running = dict(
        at_work.order_by()
        .values_list("created_by")
        .annotate(count=Count("pk"))
        .values_list("created_by", "count")
    )
    newest = Job.objects.filter(created_by=OuterRef("pk"), kind=kind, started_at__isnull=False)
    served = User.objects.filter(pk__in=wanted).values_list(
        "pk", Subquery(newest.order_by("-started_at").values("started_at")[:1])
    )
    return {pk: Standing(running.get(pk, 0), last or NEVER) for pk, last in served}


def heads_in_turn(queue: QuerySet[Job], kind: JobKind) -> list[int]:
    """Return the first job of each owner in a queue, of the highest priority there, in turn."""
    top = queue.order_by("-priority").values_list("priority", flat=True).first()
    if top is None:
        return []
    rows = queue.filter(priority=top).order_by().values_list("created_by")
    heads = dict(rows.annotate(head=Min("pk")).values_list("created_by", "head"))
    standing = standings(heads, kind)
    owners = sorted(heads, key=lambda pk: (standing[pk].running, standing[pk].served, heads[pk]))
    return [heads[owner] for owner in owners]


def in_turn(
    rows: Iterable[tuple[int, int, int]], kind: JobKind, at_work: Iterable[int] = ()
) -> list[int]:
    """Return (job, owner, priority) rows as the jobs that will be taken, first to last.

    `at_work` are the owners of what runs in this queue: it ends before the next is taken, and
    then they were merely served last.
    """
    here = Counter(at_work)
    waiting = sorted(rows, key=lambda row: (-row[2], row[0]))
    standing = standings({owner for _, owner, _ in waiting}, kind)
    before: Counter[int] = Counter()
    places: list[tuple[int, int, dt.datetime, int]] = []
    for job, owner, priority in waiting:
        stands = standing[owner]
        served = JUST_NOW if here[owner] else stands.served
        places.append((-priority, stands.running - here[owner] + before[owner], served, job))
        before[owner] += 1
    return [place[-1] for place in sorted(places)]
