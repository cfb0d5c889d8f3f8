"""What the database itself refuses, whatever the code does."""

import threading

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from jobs.models import Job
from jobs.services.attempts import Holder, open_attempt
from jobs.types import (
    JobState,
)
from portal.accounts.services.people import create_user
from tests.cast import PASSWORD, Cast
from tests.jobs.scene import Board, benchmark_job, connect, granted, publish


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


@pytest.fixture
def job(cast: Cast, board: Board) -> Job:
    return benchmark_job(cast.olga, board)


def test_the_database_refuses_a_second_open_attempt_of_a_job(job: Job, board: Board) -> None:
    first, _ = granted(job, board)
    first.pk, first.epoch, first.device = "second", 2, None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)
    assert job.attempts.count() == 1


def test_the_database_refuses_a_second_open_attempt_on_a_device(
    job: Job, board: Board, cast: Cast
) -> None:
    first, _ = granted(job, board)
    other = benchmark_job(cast.olga, board, publish(cast.olga, "other"))
    holder = Holder(runner=board.runner, device=board.device)
    assert open_attempt(other, holder, lease_s=60) is None
    other.refresh_from_db()
    assert other.state == JobState.QUEUED
    first.pk, first.job = "second", other
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": JobState.CANCELLED, "ended_at": None},
        {"state": JobState.RUNNING, "ended_at": timezone.now()},
        {"state": JobState.FAILED, "ended_at": timezone.now(), "failure_reason": ""},
        {"state": "sleeping"},
        {"kind": "bake"},
    ],
    ids=["ended without time", "open with time", "failed without reason", "state", "kind"],
)
def test_the_database_refuses_a_job_that_contradicts_itself(
    job: Job, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**wrong)


def test_of_two_workers_who_reach_for_one_job_one_gets_it(transactional_db: None) -> None:
    owner = create_user("olga", PASSWORD)
    job = benchmark_job(owner, connect(owner))
    together = threading.Barrier(4)
    got: list[str] = []

    def reach(worker: str) -> None:
        mine = Job.objects.get(pk=job.pk)
        together.wait()
        try:
            if open_attempt(mine, Holder(worker=worker), lease_s=60):
                got.append(worker)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reach, args=(f"worker-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert job.attempts.get().worker == got[0]
