"""Reading jobs, through the door of their model and their owner."""

from collections.abc import Collection, Iterator

from django.db.models import Q, QuerySet

from jobs.models import AttemptFile, Job, JobEvent, LogChunk
from jobs.types import OPEN_ATTEMPT
from portal.accounts.models import User
from portal.accounts.selectors.people import is_admin
from portal.core.errors import Forbidden, NotFound
from repository.selectors.access import may_on, visible_to
from repository.types import Need

MOST_EVENTS = 200


class NoSuchJob(NotFound):
    code = "no_such_job"


class MayNotSteer(Forbidden):
    code = "may_not_steer"


def visible_jobs(user: User) -> QuerySet[Job]:
    """Return the jobs a person may know of: their own, and those of models they may see."""
    jobs = Job.objects.select_related(
        "ai_model__namespace",
        "artifact",
        "device__runner__owner",
        "device__reserved_by",
        "created_by",
        "retry_of",
    )
    if is_admin(user):
        return jobs
    return jobs.filter(Q(created_by=user) | Q(ai_model__in=visible_to(user)))


def get_job(user: User, job_id: int, *, steer: bool = False) -> Job:
    """Return a job to look at, or to cancel and repeat where `steer` is asked."""
    job = visible_jobs(user).filter(pk=job_id).first()
    if job is None:
        raise NoSuchJob(f"There is no job {job_id}, or you may not see it.")
    if steer and not may_steer(user, job):
        raise MayNotSteer("Only who asked for a job, or may change its model, steers it.")
    return job


def may_steer(user: User, job: Job) -> bool:
    if job.created_by_id == user.pk or is_admin(user):
        return True
    return job.ai_model is not None and may_on(user, job.ai_model, Need.WRITE)


def list_events(
    user: User, *, after: int, job_ids: set[int] | None, late: Collection[int] = ()
) -> list[JobEvent]:
    """Return what happened after an event, to the given jobs or to all the person sees.

    Also events of the ids in `late`: whoever got the lower id may have committed it later.
    """
    events = JobEvent.objects.filter(Q(pk__gt=after) | Q(pk__in=late))
    events = events.filter(job__in=visible_jobs(user).values("pk"))
    if job_ids is not None:
        events = events.filter(job__in=job_ids)
    return list(events.select_related("job").order_by("id")[:MOST_EVENTS])


def last_event_id() -> int:
    return JobEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0


def list_job_events(job: Job, kind: str) -> list[JobEvent]:
    return list(job.events.filter(kind=kind).order_by("id")[:MOST_EVENTS])


def read_log(job: Job, offset: int, most: int) -> tuple[bytes, int]:
    """Return a part of the newest attempt's log and the size of the whole."""
    attempt = job.attempts.order_by("-epoch").first()
    if attempt is None:
        return b"", 0
    return b"".join(_slices(attempt.pk, offset, most)), attempt.log_size


def _slices(attempt_id: str, offset: int, most: int) -> Iterator[bytes]:
    left = most
    chunks = LogChunk.objects.filter(attempt_id=attempt_id, offset__lt=offset + most)
    for chunk in chunks.order_by("offset").iterator(chunk_size=50):
        content = bytes(chunk.content)
        if chunk.offset + len(content) <= offset:
            continue
        piece = content[max(0, offset - chunk.offset) :][:left]
        left -= len(piece)
        yield piece


def list_files(job: Job) -> list[AttemptFile]:
    """Return the whole files of the newest attempt, once it has ended."""
    attempt = job.attempts.order_by("-epoch").first()
    if attempt is None or attempt.state in OPEN_ATTEMPT:
        return []
    return list(attempt.files.filter(blob__isnull=False).order_by("name"))


def may_read_file(user: User, sha256: str) -> bool:
    """Say whether a person sees a job whose ended attempt left these bytes."""
    files = AttemptFile.objects.filter(blob=sha256).exclude(attempt__state__in=OPEN_ATTEMPT)
    return visible_jobs(user).filter(attempts__files__in=files).exists()
