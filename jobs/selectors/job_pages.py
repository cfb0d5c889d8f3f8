"""One page of a list of jobs, in the order that a reader asks for."""

from enum import StrEnum
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Coalesce, Now

from jobs.models import Job


class JobSort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"
    SHORTEST = "shortest"
    MODEL = "model"


TOOK = ExpressionWrapper(
    Coalesce("ended_at", Now(), output_field=DateTimeField()) - F("started_at"),
    output_field=DurationField(),
)
ORDERS: dict[JobSort, list[Any]] = {
    JobSort.OLDEST: ["id"],
    # What never began took no time, and comes last either way.
    JobSort.LONGEST: [F("took").desc(nulls_last=True), "-id"],
    JobSort.SHORTEST: [F("took").asc(nulls_last=True), "-id"],
    JobSort.MODEL: ["ai_model__namespace__slug", "ai_model__name", "-id"],
}


def page_of_jobs(
    rows: QuerySet[Job], sort: JobSort, cursor: int | None, size: int
) -> tuple[list[Job], str | None]:
    """Return a page of jobs and the cursor of the next, if there is one.

    The newest are paged by their number, so that what comes in meanwhile moves no page; other
    orders are paged by place.
    """
    if sort == JobSort.NEWEST:
        older = rows.filter(pk__lt=cursor) if cursor else rows
        page = list(older.order_by("-id")[: size + 1])
        return page[:size], str(page[size - 1].pk) if len(page) > size else None
    start = cursor or 0
    ordered = rows.annotate(took=TOOK).order_by(*ORDERS[sort])
    page = list(ordered[start : start + size + 1])
    return page[:size], str(start + size) if len(page) > size else None
