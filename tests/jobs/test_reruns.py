"""Running every failed job of a list again."""

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Job
from jobs.services import reruns
from jobs.types import FailureReason, JobState
from repository.services.ai_models import delete_model
from tests.cast import Cast
from tests.conftest import As
from tests.jobs.scene import Board, benchmark_job, connect, publish

FAILED = "/api/v1/jobs/failed"


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


@pytest.fixture
def failed(cast: Cast, board: Board) -> list[int]:
    """Let two jobs fail, one of them by a timeout, and a third succeed."""
    jobs = [benchmark_job(cast.olga, board, publish(cast.olga, name)) for name in "abc"]
    reasons = [FailureReason.TIMEOUT, FailureReason.CRASHED, ""]
    for job, reason in zip(jobs, reasons, strict=True):
        state = JobState.FAILED if reason else JobState.SUCCEEDED
        Job.objects.filter(pk=job.pk).update(
            state=state, failure_reason=reason, ended_at=timezone.now()
        )
    return [job.pk for job in jobs[:2]]


def ask(client: Client, **narrow: str) -> list[int]:
    found: list[int] = client.get(FAILED, narrow).json()["jobs"]
    return found


def run(client: Client, jobs: list[int]) -> list[int]:
    answer = client.post(FAILED, {"jobs": jobs}, content_type="application/json")
    assert answer.status_code == 202
    made: list[int] = answer.json()["jobs"]
    return made


def test_the_failed_ones_of_a_filter_are_named_newest_first(
    cast: Cast, as_user: As, failed: list[int]
) -> None:
    olga = as_user(cast.olga)

    assert ask(olga) == [failed[1], failed[0]]
    assert ask(olga, reason="timeout", kind="benchmark") == [failed[0]]
    assert ask(olga, model="olga/c") == []
    assert olga.get(FAILED, {"kind": "guess"}).status_code == 422


def test_each_runs_again_once(cast: Cast, as_user: As, failed: list[int]) -> None:
    olga = as_user(cast.olga)

    made = run(olga, ask(olga))

    rows = Job.objects.filter(pk__in=made)
    assert {(row.retry_of_id, row.state) for row in rows} == {(pk, "queued") for pk in failed}
    assert ask(olga) == []
    assert run(olga, failed) == []


def test_what_was_taken_back_can_be_run_again(cast: Cast, as_user: As, failed: list[int]) -> None:
    olga = as_user(cast.olga)
    for made in run(olga, failed):
        assert olga.post(f"/api/v1/jobs/{made}/cancel").status_code == 200

    assert ask(olga) == [failed[1], failed[0]]


def test_what_did_not_fail_is_left_alone(cast: Cast, as_user: As, failed: list[int]) -> None:
    done = Job.objects.get(state=JobState.SUCCEEDED)

    assert run(as_user(cast.olga), [done.pk]) == []


def test_who_may_not_steer_a_job_runs_nothing_again(
    cast: Cast, as_user: As, failed: list[int]
) -> None:
    stella = as_user(cast.stella)

    assert ask(stella) == []
    assert run(stella, failed) == []
    assert not Job.objects.filter(retry_of__isnull=False).exists()


def test_what_has_lost_its_model_cannot_run_again(
    cast: Cast, as_user: As, failed: list[int]
) -> None:
    model = Job.objects.get(pk=failed[0]).ai_model
    assert model is not None
    delete_model(cast.olga, model)

    assert ask(as_user(cast.olga)) == [failed[1]]


def test_no_more_run_at_once_than_were_named(
    cast: Cast, as_user: As, failed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reruns, "MOST_AT_ONCE", 1)

    assert ask(as_user(cast.olga)) == [failed[1]]


def test_a_wild_list_of_numbers_is_refused(cast: Cast, as_user: As) -> None:
    olga = as_user(cast.olga)
    for wild in ([0], ["a"], list(range(1, 60)), None):
        answer = olga.post(FAILED, {"jobs": wild}, content_type="application/json")
        assert answer.status_code == 422
