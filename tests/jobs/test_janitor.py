import datetime as dt

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone

from jobs.models import Attempt, Job, JobEvent, Runner
from jobs.services.attempts import Fenced, Holder, beat, close, open_attempt, start
from jobs.services.janitor import DUTY, expire_jobs, run_round
from jobs.services.lifecycle import Wish, cancel, submit
from jobs.services.logs import LogPart, append_parts
from jobs.types import AttemptState, CancelWish, FailureReason, JobKind, JobState, RunnerState, Task
from portal.core.models import JanitorTick, OutboxMessage
from tests.cast import Cast
from tests.jobs.scene import Board, benchmark_job, connect, granted, publish, result

LONG_AGO = dt.timedelta(hours=1)
WHOLE = dt.timedelta(seconds=settings.ENV.lease_s)


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


@pytest.fixture
def job(cast: Cast, board: Board) -> Job:
    return benchmark_job(cast.olga, board)


def fall_silent(job: Job) -> None:
    """Let the lease of a job's holder have ended."""
    Attempt.objects.filter(job=job).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def lose_by(job: Job, worker: str, *, started: bool = True) -> None:
    job.refresh_from_db()
    found = open_attempt(job, Holder(worker=worker), lease_s=60)
    assert found is not None
    if started:
        start(found[0])
    fall_silent(job)
    run_round()
    job.refresh_from_db()


def test_a_silent_holder_loses_the_job_to_a_new_epoch(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board, started=True)
    fall_silent(job)
    run_round()
    job.refresh_from_db()
    attempt.refresh_from_db()
    assert (attempt.state, job.state, job.losses) == (AttemptState.LOST, JobState.QUEUED, 1)
    again, _ = granted(job, board)
    assert (attempt.epoch, again.epoch) == (1, 2)


def test_a_holder_within_its_lease_keeps_the_job(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board, started=True)
    run_round()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.RUNNING


SAID = {
    "accept": {"epoch": 1},
    "refuse": {"epoch": 1, "reason": "unknown", "message": ""},
    "heartbeat": {"epoch": 1, "step": "", "fraction": 0.1, "text": "", "log_size": 0},
    "finish": {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "crashed"},
}


@pytest.mark.parametrize("call", [*SAID, "log"])
def test_who_lost_a_job_is_fenced_from_every_call(job: Job, board: Board, call: str) -> None:
    attempt, secret = granted(job, board, started=True)
    fall_silent(job)
    run_round()
    granted(Job.objects.get(pk=job.pk), board, started=True)
    if call == "log":
        assert isinstance(append_parts([LogPart(attempt.pk, secret, 0, b"late")])[0], Fenced)
    else:
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        url = f"/runner/v1/attempts/{attempt.pk}/{call}"
        answer = client.post(url, SAID[call], "application/json")
        assert (answer.status_code, answer.json()["code"]) == (409, "fenced")
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert Attempt.objects.get(pk=attempt.pk).log_size == 0


def test_two_losses_on_different_holders_put_the_job_in_quarantine(job: Job) -> None:
    lose_by(job, "one")
    assert job.state == JobState.QUEUED
    lose_by(job, "other")
    assert (job.state, job.losses) == (JobState.QUARANTINED, 2)
    assert job.failure_reason == FailureReason.WORKER_LOST


def test_two_losses_on_the_same_holder_blame_the_holder_and_a_third_the_job(job: Job) -> None:
    lose_by(job, "one")
    lose_by(job, "one")
    assert (job.state, job.losses) == (JobState.QUEUED, 2)
    lose_by(job, "one")
    assert (job.state, job.losses) == (JobState.QUARANTINED, 3)


def test_a_loss_before_the_start_is_free(job: Job) -> None:
    for holder in ("one", "other", "third"):
        lose_by(job, holder, started=False)
    assert (job.state, job.losses) == (JobState.QUEUED, 0)


def test_a_job_that_should_end_is_not_queued_again_when_its_holder_is_lost(
    job: Job, board: Board
) -> None:
    granted(job, board, started=True)
    job.refresh_from_db()
    cancel(job)
    fall_silent(job)
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_polite_cancel_becomes_a_forced_one_after_the_grace(job: Job, board: Board) -> None:
    granted(job, board, started=True)
    job.refresh_from_db()
    cancel(job)
    run_round()
    job.refresh_from_db()
    assert job.cancel == CancelWish.GRACEFUL
    Job.objects.filter(pk=job.pk).update(cancel_at=F("cancel_at") - dt.timedelta(seconds=31))
    run_round()
    job.refresh_from_db()
    assert (job.cancel, job.state) == (CancelWish.ABORT, JobState.RUNNING)


def test_a_forced_cancel_that_nobody_confirms_ends_the_job_after_two_leases(
    job: Job, board: Board
) -> None:
    attempt, _ = granted(job, board, started=True)
    job.refresh_from_db()
    cancel(job)
    cancel(job)
    Job.objects.update(cancel_at=timezone.now() - 1.9 * WHOLE)
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    Job.objects.update(cancel_at=timezone.now() - 2.1 * WHOLE)
    run_round()
    job.refresh_from_db()
    attempt.refresh_from_db()
    assert (job.state, attempt.state) == (JobState.CANCELLED, AttemptState.LOST)
    with pytest.raises(Fenced):
        beat(attempt, step="", fraction=0, text="")


def test_a_forced_cancel_has_its_two_leases_from_the_moment_it_became_forced(
    job: Job, board: Board
) -> None:
    granted(job, board, started=True)
    job.refresh_from_db()
    cancel(job)
    Job.objects.update(cancel_at=timezone.now() - LONG_AGO)
    run_round()
    job.refresh_from_db()
    assert (job.cancel, job.state) == (CancelWish.ABORT, JobState.RUNNING)


def reported(job: Job, board: Board, report: dict[str, object], *, ago: dt.timedelta) -> None:
    """Let a runner have reported so long ago, and its message to the worker be lost."""
    attempt, _ = granted(job, board, started=True)
    close(attempt, JobState.FINALIZING)
    Attempt.objects.update(report={"result": report}, ended_at=timezone.now() - ago)


def test_a_result_that_no_worker_took_is_worked_out_by_the_janitor(job: Job, board: Board) -> None:
    reported(job, board, result([[8.0] * 30] * 3), ago=WHOLE / 2)
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.FINALIZING
    Attempt.objects.update(ended_at=timezone.now() - WHOLE)
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED


def test_a_result_that_cannot_be_worked_out_ends_its_job(
    job: Job, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(job_id: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("jobs.services.janitor.finalize", fail)
    reported(job, board, {}, ago=WHOLE)
    run_round()
    job.refresh_from_db()
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.BAD_RESULT)


def test_after_an_outage_every_lease_begins_anew(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board, started=True)
    fall_silent(job)
    JanitorTick.objects.create(duty=DUTY, ticked_at=timezone.now() - LONG_AGO)
    run_round()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.RUNNING
    assert attempt.lease_until > timezone.now() + WHOLE / 2


def test_a_lease_that_was_renewed_while_nobody_looked_is_no_longer_for_it(
    job: Job, board: Board
) -> None:
    attempt, _ = granted(job, board, started=True)
    JanitorTick.objects.create(duty=DUTY, ticked_at=timezone.now() - 100 * LONG_AGO)
    run_round()
    attempt.refresh_from_db()
    assert attempt.lease_until <= timezone.now() + WHOLE


def test_a_duty_that_fails_keeps_none_of_the_others_waiting(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError

    monkeypatch.setattr("jobs.services.janitor.DUTIES", (fail, expire_jobs))
    Job.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.EXPIRED
    assert JanitorTick.objects.filter(duty=DUTY).exists()


def test_an_outage_is_forgiven_once(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board, started=True)
    JanitorTick.objects.create(duty=DUTY, ticked_at=timezone.now() - LONG_AGO)
    run_round()
    lengthened = Attempt.objects.get(pk=attempt.pk).lease_until
    run_round()
    assert Attempt.objects.get(pk=attempt.pk).lease_until == lengthened


def test_a_lease_that_ended_before_the_outage_is_not_forgiven(job: Job, board: Board) -> None:
    granted(job, board, started=True)
    Attempt.objects.update(lease_until=timezone.now() - 2 * LONG_AGO)
    JanitorTick.objects.create(duty=DUTY, ticked_at=timezone.now() - LONG_AGO)
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_job_that_nobody_took_in_time_expires(job: Job) -> None:
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    Job.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    run_round()
    job.refresh_from_db()
    assert job.state == JobState.EXPIRED
    assert job.ended_at is not None
    assert (job.failure_reason, job.failure_message) == (
        FailureReason.TIMEOUT,
        "Its turn did not come before it expired.",
    )


def test_a_job_whose_runner_was_revoked_expires_with_that_reason(job: Job) -> None:
    Runner.objects.update(state=RunnerState.REVOKED)
    Job.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    run_round()
    job.refresh_from_db()
    assert (job.state, job.failure_reason) == (JobState.EXPIRED, FailureReason.NO_DEVICE)
    assert "its runner was revoked" in job.failure_message


def test_a_conversion_whose_message_was_lost_is_announced_again(cast: Cast) -> None:
    artifact = publish(cast.olga)
    job = submit(cast.olga, Wish(JobKind.CONVERT, "to int8", {}, artifact))
    OutboxMessage.objects.filter(task=Task.RUN_CONVERSION).delete()
    run_round()
    assert not OutboxMessage.objects.filter(task=Task.RUN_CONVERSION).exists()
    Job.objects.update(created_at=F("created_at") - dt.timedelta(seconds=31))
    run_round()
    assert OutboxMessage.objects.get(task=Task.RUN_CONVERSION).arguments == {"job_id": job.pk}


def everything() -> tuple[object, ...]:
    return list(Job.objects.values()), list(Attempt.objects.values()), JobEvent.objects.count()


def test_a_second_round_at_once_changes_nothing(job: Job, board: Board) -> None:
    granted(job, board, started=True)
    fall_silent(job)
    run_round()
    before = everything()
    run_round()
    assert everything() == before
