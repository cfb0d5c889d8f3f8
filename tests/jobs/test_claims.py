"""The held claim: who gets which job, and when."""

import asyncio
import threading
import time

import httpx
import pytest

from jobs.edge import claim as claim_edge
from jobs.models import Attempt, Device, Job
from jobs.types import AttemptState, JobState
from portal.accounts.models import User
from portal.core.wakeups import sleepers
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import Board, benchmark_job, granted, publish, set_duration


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


def test_a_claim_gives_the_job_with_its_spec(
    caller: Caller, olga: User, olgas_board: Board
) -> None:
    job = benchmark_job(olga, olgas_board)
    grant = caller.claim(olgas_board.session, "board").json()
    assert (grant["job_id"], grant["device"], grant["epoch"]) == (job.pk, "board", 1)
    assert grant["spec"].items() <= job.spec.items()
    assert grant["token"].startswith("oa_")
    assert Job.objects.get().state == JobState.ASSIGNED


def test_an_offer_that_was_not_accepted_comes_again_with_a_new_secret(
    caller: Caller, olga: User, olgas_board: Board, server: str
) -> None:
    benchmark_job(olga, olgas_board)
    first = caller.claim(olgas_board.session, "board").json()
    again = caller.claim(olgas_board.session, "board").json()
    assert (again["attempt_id"], again["epoch"]) == (first["attempt_id"], 1)
    path, body = f"attempts/{first['attempt_id']}/accept", {"epoch": 1}
    with calling(server, first["token"]) as old, calling(server, again["token"]) as new:
        assert old.post(path, body).status_code == 401
        assert new.post(path, body).status_code == 204
    assert Attempt.objects.get().state == AttemptState.RUNNING


def test_a_device_that_works_gets_no_second_job(
    caller: Caller, olga: User, olgas_board: Board
) -> None:
    artifact = publish(olga)
    granted(benchmark_job(olga, olgas_board, artifact), olgas_board, started=True)
    benchmark_job(olga, olgas_board, artifact)
    assert caller.claim(olgas_board.session, "board").status_code == 204


def test_a_busy_device_does_not_hold_up_the_other(
    caller: Caller, olga: User, olgas_board: Board
) -> None:
    session = caller.session("board", "phone").json()["session_id"]
    phone = Board(olgas_board.runner, "", Device.objects.get(name="phone"), "")
    artifact = publish(olga)
    for _ in range(22):
        benchmark_job(olga, olgas_board, artifact)
    wanted = benchmark_job(olga, phone, artifact)
    granted(Job.objects.order_by("id")[0], olgas_board, started=True)
    assert caller.claim(session, "board", "phone").json()["job_id"] == wanted.pk


def test_a_paused_device_gets_no_job(caller: Caller, olga: User, olgas_board: Board) -> None:
    benchmark_job(olga, olgas_board)
    Device.objects.update(paused=True)
    assert caller.claim(olgas_board.session, "board").status_code == 204


def test_a_claim_is_held_no_longer_than_the_server_allows(
    caller: Caller, olgas_board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_duration(monkeypatch, claim_wait_s=0.2)
    caller.http.timeout = httpx.Timeout(10)
    assert caller.claim(olgas_board.session, "board", wait_s=600).status_code == 204


def held(caller: Caller, olgas_board: Board) -> tuple[threading.Thread, list[httpx.Response]]:
    """Start a claim in a thread and return once the server holds it."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(caller.claim(olgas_board.session, "board", wait_s=25))
    )
    thread.start()
    while not sleepers()._waiting:
        time.sleep(0.01)
    return thread, answers


def test_a_job_that_comes_while_a_claim_is_held_is_found_at_the_next_look(
    caller: Caller, olga: User, olgas_board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_edge, "LOOK_AGAIN_S", 0.2)
    thread, answers = held(caller, olgas_board)
    job = benchmark_job(olga, olgas_board)
    thread.join()
    assert answers[0].json()["job_id"] == job.pk


def test_a_wake_up_ends_the_wait_of_a_held_claim(
    caller: Caller, olga: User, olgas_board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_edge, "LOOK_AGAIN_S", 3600.0)
    thread, answers = held(caller, olgas_board)
    job = benchmark_job(olga, olgas_board)
    listener = sleepers()._listener
    assert listener is not None
    while thread.is_alive():
        listener.get_loop().call_soon_threadsafe(sleepers()._wake_all)
        thread.join(0.05)
    assert answers[0].json()["job_id"] == job.pk


def test_a_claim_held_by_a_server_that_ends_is_answered(caller: Caller, olgas_board: Board) -> None:
    thread, answers = held(caller, olgas_board)
    listener = sleepers()._listener
    assert listener is not None
    loop = listener.get_loop()

    def cancel_calls() -> None:
        for task in asyncio.all_tasks(loop):
            if "run_asgi" in repr(task):
                task.cancel()

    loop.call_soon_threadsafe(cancel_calls)
    thread.join()
    assert answers[0].status_code == 204


@pytest.mark.parametrize("body", [{"session_id": "x", "free": "board", "wait_s": 0}, [], {}])
def test_a_malformed_claim_is_refused(caller: Caller, body: object) -> None:
    answer = caller.post("claim", body)
    assert (answer.status_code, code_of(answer)) == (422, "wrong_message")
