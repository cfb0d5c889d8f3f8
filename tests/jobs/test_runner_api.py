"""A runner as a whole: enrolment, sessions, and the held claim."""

import datetime as dt
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from django.utils import timezone

from jobs.edge import claim as claim_edge
from jobs.models import Attempt, Device, Job, Runner
from jobs.services.runners import invite_runner
from jobs.types import AttemptState, JobState, RunnerState
from portal.accounts.models import User
from portal.core.wakeups import sleepers
from tests.cast import people
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import Board, benchmark_job, connect, granted, publish, set_duration


@pytest.fixture
def olga(server: str) -> User:
    return people().olga


@pytest.fixture
def board(olga: User) -> Board:
    return connect(olga)


@pytest.fixture
def caller(server: str, board: Board) -> Iterator[Caller]:
    with calling(server, board.secret) as opened:
        yield opened


@pytest.fixture
def stranger(server: str) -> Iterator[Caller]:
    with calling(server) as opened:
        yield opened


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


def test_a_session_notes_the_devices_with_their_passports(caller: Caller, board: Board) -> None:
    assert caller.session("board", "phone").json()["claim_wait_s"] == 25
    names = sorted(Device.objects.filter(runner=board.runner).values_list("name", flat=True))
    assert names == ["board", "phone"]
    phone = Device.objects.get(name="phone")
    assert phone.passport["engines"] == [{"engine": "onnxruntime", "version": "1.31.0"}]


def test_a_newer_session_replaces_the_older(caller: Caller, board: Board) -> None:
    newer = caller.session("board").json()["session_id"]
    old = caller.claim(board.session, "board")
    assert (old.status_code, code_of(old)) == (409, "session_replaced")
    assert caller.claim(newer, "board").status_code == 204


def test_a_runner_that_speaks_a_later_protocol_is_told_so(caller: Caller) -> None:
    answer = caller.session("board", protocol=2)
    assert (answer.status_code, code_of(answer)) == (422, "protocol_not_spoken")


def test_a_session_keeps_what_the_runner_knows_and_takes_back_the_rest(
    caller: Caller, olga: User, board: Board
) -> None:
    caller.session("board", "phone")
    phone = Board(board.runner, "", Device.objects.get(name="phone"), "")
    artifact = publish(olga)
    known, _ = granted(benchmark_job(olga, board, artifact), board, started=True)
    forgotten, _ = granted(benchmark_job(olga, phone, artifact), phone, started=True)
    said = [{"attempt_id": known.pk, "epoch": 1}, {"attempt_id": "strange", "epoch": 1}]
    reply = caller.session("board", "phone", open_attempts=said).json()
    assert (reply["keep"], reply["kill"]) == ([known.pk], ["strange"])
    assert Attempt.objects.get(pk=forgotten.pk).state == AttemptState.LOST
    assert Job.objects.get(pk=known.job_id).state == JobState.RUNNING


def test_a_claim_gives_the_job_with_its_spec(caller: Caller, olga: User, board: Board) -> None:
    job = benchmark_job(olga, board)
    grant = caller.claim(board.session, "board").json()
    assert (grant["job_id"], grant["device"], grant["epoch"]) == (job.pk, "board", 1)
    assert grant["spec"].items() <= job.spec.items()
    assert grant["token"].startswith("oa_")
    assert Job.objects.get().state == JobState.ASSIGNED


def test_an_offer_that_was_not_accepted_comes_again_with_a_new_secret(
    caller: Caller, olga: User, board: Board, server: str
) -> None:
    benchmark_job(olga, board)
    first = caller.claim(board.session, "board").json()
    again = caller.claim(board.session, "board").json()
    assert (again["attempt_id"], again["epoch"]) == (first["attempt_id"], 1)
    path, body = f"attempts/{first['attempt_id']}/accept", {"epoch": 1}
    with calling(server, first["token"]) as old, calling(server, again["token"]) as new:
        assert old.post(path, body).status_code == 401
        assert new.post(path, body).status_code == 204
    assert Attempt.objects.get().state == AttemptState.RUNNING


def test_a_device_that_works_gets_no_second_job(caller: Caller, olga: User, board: Board) -> None:
    artifact = publish(olga)
    granted(benchmark_job(olga, board, artifact), board, started=True)
    benchmark_job(olga, board, artifact)
    assert caller.claim(board.session, "board").status_code == 204


def test_a_busy_device_does_not_hold_up_the_other(caller: Caller, olga: User, board: Board) -> None:
    session = caller.session("board", "phone").json()["session_id"]
    phone = Board(board.runner, "", Device.objects.get(name="phone"), "")
    artifact = publish(olga)
    for _ in range(22):
        benchmark_job(olga, board, artifact)
    wanted = benchmark_job(olga, phone, artifact)
    granted(Job.objects.order_by("id")[0], board, started=True)
    assert caller.claim(session, "board", "phone").json()["job_id"] == wanted.pk


def test_a_paused_device_gets_no_job(caller: Caller, olga: User, board: Board) -> None:
    benchmark_job(olga, board)
    Device.objects.update(paused=True)
    assert caller.claim(board.session, "board").status_code == 204


def test_a_claim_is_held_no_longer_than_the_server_allows(
    caller: Caller, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_duration(monkeypatch, claim_wait_s=0.2)
    caller.http.timeout = httpx.Timeout(10)
    assert caller.claim(board.session, "board", wait_s=600).status_code == 204


def held(caller: Caller, board: Board) -> tuple[threading.Thread, list[httpx.Response]]:
    """Start a claim in a thread and return once the server holds it."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(caller.claim(board.session, "board", wait_s=25))
    )
    thread.start()
    while not sleepers()._waiting:
        time.sleep(0.01)
    return thread, answers


def test_a_job_that_comes_while_a_claim_is_held_is_found_at_the_next_look(
    caller: Caller, olga: User, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_edge, "LOOK_AGAIN_S", 0.2)
    thread, answers = held(caller, board)
    job = benchmark_job(olga, board)
    thread.join()
    assert answers[0].json()["job_id"] == job.pk


def test_a_wake_up_ends_the_wait_of_a_held_claim(
    caller: Caller, olga: User, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_edge, "LOOK_AGAIN_S", 3600.0)
    thread, answers = held(caller, board)
    job = benchmark_job(olga, board)
    listener = sleepers()._listener
    assert listener is not None
    while thread.is_alive():
        listener.get_loop().call_soon_threadsafe(sleepers()._wake_all)
        thread.join(0.05)
    assert answers[0].json()["job_id"] == job.pk


@pytest.mark.parametrize("body", [{"session_id": "x", "free": "board", "wait_s": 0}, [], {}])
def test_a_malformed_claim_is_refused(caller: Caller, body: object) -> None:
    answer = caller.post("claim", body)
    assert (answer.status_code, code_of(answer)) == (422, "wrong_message")


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
