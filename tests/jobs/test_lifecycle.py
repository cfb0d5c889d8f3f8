import pytest
from django.utils import timezone
from ondol_runner.protocol import Sentence

from jobs.models import Attempt, Job
from jobs.services.attempts import refuse, start
from jobs.services.lifecycle import (
    AlreadyEnded,
    StillOpen,
    WrongMove,
    cancel,
    fail,
    move,
    move_attempt,
    retry,
)
from jobs.types import (
    ATTEMPT_MOVES,
    ENDED,
    JOB_MOVES,
    AttemptState,
    CancelWish,
    FailureReason,
    JobState,
)
from repository.services.ai_models import delete_model
from tests.cast import Cast
from tests.jobs.scene import Board, benchmark_job, connect, granted


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


@pytest.fixture
def job(cast: Cast, board: Board) -> Job:
    return benchmark_job(cast.olga, board)


def put(job: Job, state: JobState) -> None:
    ended = timezone.now() if state in ENDED else None
    reason = FailureReason.UNKNOWN if state == JobState.FAILED else ""
    Job.objects.filter(pk=job.pk).update(state=state, ended_at=ended, failure_reason=reason)
    job.refresh_from_db()


def why(to: JobState) -> dict[str, str]:
    return {"failure_reason": FailureReason.UNKNOWN} if to == JobState.FAILED else {}


def test_a_job_moves_exactly_as_the_table_says(job: Job) -> None:
    for source in JobState:
        for to in JobState:
            put(job, source)
            try:
                move(job, to, **why(to))
                moved = True
            except WrongMove:
                moved = False
            assert moved == (to in JOB_MOVES[source]), f"{source} to {to}"
            job.refresh_from_db()
            assert job.state == (to if moved else source)
            assert (job.ended_at is not None) == (job.state in ENDED)


def test_an_attempt_moves_exactly_as_the_table_says(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board)
    for source in AttemptState:
        for to in AttemptState:
            Attempt.objects.filter(pk=attempt.pk).update(state=source, ended_at=None)
            try:
                move_attempt(attempt, to)
                moved = True
            except WrongMove:
                moved = False
            assert moved == (to in ATTEMPT_MOVES[source]), f"{source} to {to}"
            attempt.refresh_from_db()
            assert attempt.state == (to if moved else source)


def test_every_move_is_told_as_an_event(job: Job, board: Board) -> None:
    granted(job, board, started=True)
    fail(Job.objects.get(pk=job.pk), FailureReason.CRASHED, Sentence("It crashed."))
    told = [event.data["state"] for event in job.events.filter(kind="state").order_by("id")]
    assert told == ["queued", "assigned", "running", "failed"]


def test_cancelling_a_queued_job_ends_it_at_once(job: Job) -> None:
    assert cancel(job).state == JobState.CANCELLED


def test_cancelling_a_running_job_asks_politely_first_and_by_force_the_second_time(
    job: Job, board: Board
) -> None:
    granted(job, board, started=True)
    job.refresh_from_db()
    assert cancel(job).cancel == CancelWish.GRACEFUL
    assert cancel(job).cancel == CancelWish.ABORT
    assert (job.state, job.ended_at) == (JobState.RUNNING, None)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_job_is_not_cancelled(job: Job, state: JobState) -> None:
    put(job, state)
    with pytest.raises(AlreadyEnded):
        cancel(job)
    job.refresh_from_db()
    assert (job.state, job.cancel) == (state, CancelWish.NONE)


def test_a_refused_offer_queues_the_job_again_without_a_loss(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board)
    refuse(attempt)
    job.refresh_from_db()
    assert (job.state, job.losses) == (JobState.QUEUED, 0)


def test_a_refused_offer_of_a_job_that_should_end_ends_it(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board)
    job.refresh_from_db()
    cancel(job)
    refuse(attempt)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_starting_twice_is_harmless(job: Job, board: Board) -> None:
    attempt, _ = granted(job, board, started=True)
    began = Attempt.objects.get(pk=attempt.pk).started_at
    start(attempt)
    assert Attempt.objects.get(pk=attempt.pk).started_at == began


def test_retry_queues_the_same_work_as_a_new_job(job: Job, cast: Cast) -> None:
    cancel(job)
    again = retry(cast.mark, job)
    assert again.pk != job.pk
    assert (again.retry_of, again.state, again.spec) == (job, JobState.QUEUED, job.spec)
    assert (again.device, again.engine, again.created_by) == (job.device, job.engine, cast.mark)


def test_an_open_job_is_not_retried(job: Job, cast: Cast) -> None:
    with pytest.raises(StillOpen):
        retry(cast.olga, job)
    assert Job.objects.count() == 1


def test_a_job_whose_model_is_gone_is_not_retried(job: Job, cast: Cast) -> None:
    cancel(job)
    assert job.ai_model is not None
    delete_model(cast.olga, job.ai_model)
    job.refresh_from_db()
    with pytest.raises(AlreadyEnded, match="gone"):
        retry(cast.olga, job)
