from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Device, Job, Runner
from jobs.services.dispatch import claim
from jobs.services.janitor import expire_jobs
from jobs.services.runners import open_session
from jobs.types import FailureReason, JobState, RunnerState
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from tests.cast import Cast
from tests.jobs.scene import Board, benchmark_job, claim_of, connect, session_of


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


@pytest.fixture
def job(cast: Cast, board: Board) -> Job:
    return benchmark_job(cast.olga, board)


@pytest.fixture
def olgas(cast: Cast) -> Client:
    secret = create_token(cast.olga, name="jobs", scope=Scope.WRITE)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def waiting(client: Client, job: Job) -> dict[str, Any] | None:
    shown: dict[str, Any] | None = client.get(f"/api/v1/jobs/{job.pk}").json()["waiting"]
    return shown


def test_a_job_that_only_waits_for_its_turn_says_nothing(olgas: Client, job: Job) -> None:
    assert waiting(olgas, job) is None


def test_a_job_for_an_engine_that_went_says_so_at_once_until_it_is_back(
    olgas: Client, job: Job, board: Board
) -> None:
    session, _, _ = open_session(board.runner, session_of("board", openvino="2026.1"))
    message = (
        "board has no engine onnxruntime any more. "
        "Install it there, or run the job on another device."
    )
    named = {
        "text": message,
        "code": "device_lost_engine",
        "values": {"device": "board", "engine": "onnxruntime"},
    }
    assert waiting(olgas, job) == {"code": "no_device", "message": message, "sentences": [named]}
    assert claim(board.runner, claim_of(session, "board")) is None
    session, _, _ = open_session(board.runner, session_of("board"))
    assert waiting(olgas, job) is None
    assert claim(board.runner, claim_of(session, "board")) is not None


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("revoke", "no_device", "its runner was revoked"),
        ("remove", "no_device", "board was removed"),
        ("pause", "device_paused", "board is paused"),
        ("silence", "device_offline", "board is offline"),
    ],
)
def test_what_keeps_a_job_waiting_has_a_code_and_a_cure(
    olgas: Client, job: Job, change: str, code: str, words: str
) -> None:
    if change == "revoke":
        Runner.objects.update(state=RunnerState.REVOKED)
    elif change == "remove":
        Device.objects.all().delete()
    elif change == "pause":
        Device.objects.update(paused=True)
    else:
        Device.objects.update(last_seen_at=timezone.now().replace(year=2020))
    said = waiting(olgas, job)
    assert said is not None
    assert said["code"] == code
    assert words in said["message"]


def test_a_job_that_expired_behind_a_paused_device_is_advised_to_come_again(job: Job) -> None:
    Device.objects.update(paused=True)
    Job.objects.update(expires_at=timezone.now().replace(year=2020))
    expire_jobs()
    job.refresh_from_db()
    assert (job.state, job.failure_reason) == (JobState.EXPIRED, FailureReason.TIMEOUT)
    assert "before it expired. board is paused" in job.failure_message
    assert [one["code"] for one in job.failure_sentences] == ["expired", "device_paused"]


def test_a_job_that_began_waits_for_nothing(olgas: Client, job: Job) -> None:
    Device.objects.update(paused=True)
    Job.objects.update(state=JobState.RUNNING)
    assert waiting(olgas, job) is None
