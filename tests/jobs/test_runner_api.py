"""A runner as a whole: enrolment, sessions, and the held claim."""

import datetime as dt

import httpx
import pytest
from django.utils import timezone
from ondol_runner.protocol import encode

from jobs.models import Attempt, Device, Job, Runner
from jobs.services import runners
from jobs.services.runners import invite_runner
from jobs.types import AttemptState, JobState, RunnerState
from portal.accounts.models import User
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import Board, benchmark_job, granted, publish, session_of

SESSION = {"boot_id": "b", "runner_version": "1"}


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


def test_a_code_enrolls_one_runner_once(stranger: Caller, olga: User) -> None:
    runner, code = invite_runner(olga, "board")
    first, second = stranger.enroll(code), stranger.enroll(code)
    assert first.json()["runner_id"] == runner.pk
    runner.refresh_from_db()
    assert runner.state == RunnerState.CONNECTED
    assert first.json()["token"] not in str(Runner.objects.values().get())
    assert (second.status_code, code_of(second)) == (403, "wrong_code")


def test_a_wrong_code_is_refused(stranger: Caller, olga: User) -> None:
    _, code = invite_runner(olga, "board")
    answer = stranger.enroll(code[:-1] + ("a" if code[-1] != "a" else "b"))
    assert (answer.status_code, code_of(answer)) == (403, "wrong_code")


def test_an_old_code_is_refused(stranger: Caller, olga: User) -> None:
    runner, code = invite_runner(olga, "board")
    past = timezone.now() - dt.timedelta(seconds=1)
    Runner.objects.filter(pk=runner.pk).update(code_expires_at=past)
    answer = stranger.enroll(code)
    assert (answer.status_code, code_of(answer)) == (403, "wrong_code")


def test_who_has_no_secret_has_no_session(stranger: Caller, olga: User) -> None:
    answer = stranger.session("board")
    assert (answer.status_code, code_of(answer)) == (401, "wrong_runner")
    claim = stranger.claim("any", "board")
    assert (claim.status_code, code_of(claim)) == (401, "wrong_runner")


def test_a_session_notes_the_devices_with_their_passports(
    caller: Caller, olgas_board: Board
) -> None:
    assert caller.session("board", "phone").json()["claim_wait_s"] == 25
    names = sorted(Device.objects.filter(runner=olgas_board.runner).values_list("name", flat=True))
    assert names == ["board", "phone"]
    phone = Device.objects.get(name="phone")
    assert phone.passport["engines"] == [{"engine": "onnxruntime", "version": "1.31.0"}]


def test_a_newer_session_replaces_the_older(caller: Caller, olgas_board: Board) -> None:
    newer = caller.session("board").json()["session_id"]
    old = caller.claim(olgas_board.session, "board")
    assert (old.status_code, code_of(old)) == (409, "session_replaced")
    assert caller.claim(newer, "board").status_code == 204


def test_a_runner_that_speaks_a_later_protocol_is_told_so(caller: Caller) -> None:
    answer = caller.session("board", protocol=3)
    assert (answer.status_code, code_of(answer)) == (422, "protocol_not_spoken")


def test_a_runner_of_the_version_before_works_and_an_older_one_is_told_what_to_do(
    caller: Caller, server: str, asked: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = encode(session_of("board"))["devices"]
    # The first version's words, without what came since.
    session = {"boot_id": "b", "runner_version": "0.1", "devices": devices, "protocol": 1}
    grant = caller.claim(caller.post("session", session).json()["session_id"], "board").json()
    with calling(server, grant["token"]) as line:
        attempt = f"attempts/{grant['attempt_id']}"
        assert line.post(f"{attempt}/accept", {"epoch": 1}).status_code == 204
        end = {"epoch": 1, "outcome": "failed", "log_size": 9, "reason": "crashed"}
        assert line.post(f"{attempt}/finish", end).status_code == 204
    asked.refresh_from_db()
    assert asked.failure_reason == "crashed"
    monkeypatch.setattr(runners, "PROTOCOL", 3)
    answer = caller.post("session", session)
    assert (answer.status_code, code_of(answer)) == (422, "protocol_not_spoken")
    assert "Install the runner" in answer.json()["message"]


def test_a_session_keeps_what_the_runner_knows_and_takes_back_the_rest(
    caller: Caller, olga: User, olgas_board: Board
) -> None:
    caller.session("board", "phone")
    phone = Board(olgas_board.runner, "", Device.objects.get(name="phone"), "")
    artifact = publish(olga)
    known, _ = granted(benchmark_job(olga, olgas_board, artifact), olgas_board, started=True)
    forgotten, _ = granted(benchmark_job(olga, phone, artifact), phone, started=True)
    said = [{"attempt_id": known.pk, "epoch": 1}, {"attempt_id": "strange", "epoch": 1}]
    reply = caller.session("board", "phone", open_attempts=said).json()
    assert (reply["keep"], reply["kill"]) == ([known.pk], ["strange"])
    assert Attempt.objects.get(pk=forgotten.pk).state == AttemptState.LOST
    assert Job.objects.get(pk=known.job_id).state == JobState.RUNNING


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("enroll", {"code": 7, "name": "a", "runner_version": "1"}, "code"),
        ("enroll", {"name": "a", "runner_version": "1"}, "code"),
        (
            "session",
            {"boot_id": "b", "runner_version": "1", "devices": [{"name": "a"}]},
            "passport",
        ),
        ("session", {"boot_id": "b", "runner_version": "1"}, "devices"),
    ],
)
def test_a_malformed_message_is_refused_by_its_field(
    caller: Caller, path: str, body: object, field: str
) -> None:
    answer = caller.post(path, body)
    assert (answer.status_code, code_of(answer)) == (422, "wrong_message")
    assert field in answer.json()["message"]
