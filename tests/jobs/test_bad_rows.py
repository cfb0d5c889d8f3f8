"""A row that the janitor cannot work on costs itself, and is counted."""

import datetime as dt

from django.utils import timezone

from jobs.models import Job
from jobs.services.janitor import DUTY, run_round
from jobs.types import JobState
from portal.core.models import JanitorTick
from tests.cast import Cast
from tests.jobs.scene import benchmark_job, connect


def test_a_bad_row_keeps_none_of_the_others_waiting_and_is_counted(
    cast: Cast,
) -> None:
    board = connect(cast.olga)
    job = benchmark_job(cast.olga, board)
    other = benchmark_job(cast.olga, board, job.artifact)
    Job.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    # A spec that no version writes: whoever reads it for the reason of the end stumbles.
    Job.objects.filter(pk=job.pk).update(spec=[])
    run_round()
    job.refresh_from_db()
    other.refresh_from_db()
    assert (job.state, other.state) == (JobState.QUEUED, JobState.EXPIRED)
    assert JanitorTick.objects.get(duty=DUTY).left_out == 1
    Job.objects.filter(pk=job.pk).update(spec={})
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.EXPIRED
    assert JanitorTick.objects.get(duty=DUTY).left_out == 0
