"""How urgent a waiting job is: it goes before, with or behind the jobs of everybody."""

from django.db import transaction

from jobs.models import Job
from jobs.services.lifecycle import tell
from jobs.types import PRIORITIES, JobState, Urgency
from portal.accounts.models import User
from portal.accounts.selectors.people import may_maintain
from portal.core.errors import Conflict, Forbidden


class MayNotHurry(Forbidden):
    code = "may_not_hurry"


class NotQueued(Conflict):
    code = "job_not_queued"


@transaction.atomic
def set_urgency(user: User, job: Job, urgency: Urgency) -> Job:
    """Change when a waiting job's turn comes; only maintainers put one before everybody's."""
    if urgency is Urgency.HIGH and not may_maintain(user):
        raise MayNotHurry(
            "Only maintainers put a job before those of everybody. Choose `normal` or `low`."
        )
    waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
    if not waiting.update(priority=PRIORITIES[urgency]):
        raise NotQueued(f"Job {job.pk} does not wait any more, so its turn cannot change.")
    job.refresh_from_db()
    tell(job, "urgency", urgency=urgency)
    return job
