"""What a runner says of one attempt, with that attempt's own secret."""

from collections.abc import Iterator

import httpx
import pytest

from jobs.models import Attempt, Job, LogChunk
from jobs.selectors.jobs import read_log
from jobs.services import attempts
from jobs.services.lifecycle import cancel
from jobs.types import AttemptState, JobState, Task
from portal.accounts.models import User
from portal.core.models import OutboxMessage
from tests.cast import people
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import benchmark_job, connect, granted, publish, result, stored

BEAT = {"epoch": 1, "step": "sampling", "fraction": 0.5, "text": "launch 2 of 3", "log_size": 0}
DONE = {
    "epoch": 1,
    "outcome": "succeeded",
    "log_size": 0,
    "result": result([[1.0] * 10] * 3),
}


@pytest.fixture
def olga(server: str) -> User:
    return people().olga


@pytest.fixture
def job(olga: User) -> Job:
    return benchmark_job(olga, connect(olga))


@pytest.fixture
def offer(job: Job, olga: User, server: str) -> Iterator[tuple[Attempt, Caller]]:
    assert job.device is not None
    board = job.device.runner
    attempt, secret = attempts.open_attempt(
        job, attempts.Holder(runner=board, device=job.device), lease_s=60
    ) or (None, "")
    assert attempt is not None
    with calling(server, secret) as caller:
        yield attempt, caller


@pytest.fixture
def running(offer: tuple[Attempt, Caller]) -> tuple[Attempt, Caller]:
    attempt, caller = offer
    assert caller.post(f"attempts/{attempt.pk}/accept", {"epoch": 1}).status_code == 204
    return attempt, caller


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


def test_accepting_twice_is_harmless(running: tuple[Attempt, Caller], job: Job) -> None:
    attempt, caller = running
    assert caller.post(f"attempts/{attempt.pk}/accept", {"epoch": 1}).status_code == 204
    assert state_of(job) == JobState.RUNNING


def test_a_refused_offer_is_queued_again(offer: tuple[Attempt, Caller], job: Job) -> None:
    attempt, caller = offer
    body = {"epoch": 1, "reason": "out_of_disk", "message": "The disk is full."}
    assert caller.post(f"attempts/{attempt.pk}/refuse", body).status_code == 204
    assert state_of(job) == JobState.QUEUED
    assert Attempt.objects.get().state == AttemptState.REFUSED


def test_a_heartbeat_notes_the_progress(running: tuple[Attempt, Caller], job: Job) -> None:
    attempt, caller = running
    reply = caller.post(f"attempts/{attempt.pk}/heartbeat", BEAT).json()
    assert reply == {"lease_s": 60.0, "next_s": 15.0, "cancel": "none"}
    job.refresh_from_db()
    assert (job.step, job.fraction, job.text) == ("sampling", 0.5, "launch 2 of 3")


def test_the_wish_to_stop_arrives_with_the_next_heartbeat(
    running: tuple[Attempt, Caller], job: Job
) -> None:
    attempt, caller = running
    job.refresh_from_db()
    cancel(job)
    url = f"attempts/{attempt.pk}/heartbeat"
    assert caller.post(url, BEAT).json()["cancel"] == "graceful"
    cancel(Job.objects.get(pk=job.pk))
    assert caller.post(url, BEAT).json()["cancel"] == "abort"


def test_a_heartbeat_of_another_epoch_is_fenced(running: tuple[Attempt, Caller]) -> None:
    attempt, caller = running
    answer = caller.post(f"attempts/{attempt.pk}/heartbeat", {**BEAT, "epoch": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "fenced")


def test_a_secret_opens_no_other_attempt(running: tuple[Attempt, Caller], olga: User) -> None:
    _, caller = running
    other = connect(olga, "other")
    theirs, _ = granted(benchmark_job(olga, other, publish(olga, "two")), other, started=True)
    answer = caller.post(f"attempts/{theirs.pk}/heartbeat", BEAT)
    assert (answer.status_code, answer.json()["code"]) == (409, "fenced")


def test_log_bytes_arrive_once_and_whole_whatever_is_repeated(
    running: tuple[Attempt, Caller], job: Job
) -> None:
    attempt, caller = running
    text = "높은 온도\n".encode()
    assert caller.send_log(attempt.pk, 0, text[:4]).json() == {"size": 4}
    repeated = caller.send_log(attempt.pk, 0, text[:4])
    assert (repeated.status_code, repeated.json()) == (416, {"size": 4})
    gap = caller.send_log(attempt.pk, 9, text[9:])
    assert (gap.status_code, gap.json()) == (416, {"size": 4})
    assert caller.send_log(attempt.pk, 4, text[4:]).json() == {"size": len(text)}
    assert read_log(job, 0, 100) == (text, len(text))
    assert read_log(job, 3, 2) == (text[3:5], len(text))


def test_a_log_part_must_be_what_its_range_says(running: tuple[Attempt, Caller]) -> None:
    attempt, caller = running
    answer = caller.http.patch(
        f"attempts/{attempt.pk}/log", content=b"abc", headers={"Content-Range": "bytes 0-9/*"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert not LogChunk.objects.exists()


def test_a_log_stops_at_its_limit_and_the_job_goes_on(
    running: tuple[Attempt, Caller], monkeypatch: pytest.MonkeyPatch, job: Job
) -> None:
    attempt, caller = running
    monkeypatch.setattr(attempts, "LOG_LIMIT", 6)
    assert caller.send_log(attempt.pk, 0, b"12345678").json() == {"size": 6}
    assert caller.send_log(attempt.pk, 6, b"78").json() == {"size": 6}
    assert read_log(job, 0, 100) == (b"123456", 6)
    assert caller.post(f"attempts/{attempt.pk}/heartbeat", BEAT).status_code == 200


def finish(caller: Caller, attempt: Attempt, body: object, key: str) -> httpx.Response:
    return caller.post(f"attempts/{attempt.pk}/finish", body, **{"Idempotency-Key": key})


def test_finishing_twice_with_one_key_is_harmless(
    running: tuple[Attempt, Caller], job: Job
) -> None:
    attempt, caller = running
    assert finish(caller, attempt, DONE, "k1").status_code == 204
    assert finish(caller, attempt, DONE, "k1").status_code == 204
    assert state_of(job) == JobState.FINALIZING
    tasks = OutboxMessage.objects.filter(task=Task.FINALIZE_BENCHMARK)
    assert tasks.get().arguments == {"job_id": job.pk}


def test_a_second_other_word_is_fenced(running: tuple[Attempt, Caller], job: Job) -> None:
    attempt, caller = running
    finish(caller, attempt, DONE, "k1")
    other = {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "crashed"}
    answer = finish(caller, attempt, other, "k2")
    assert (answer.status_code, answer.json()["code"]) == (409, "fenced")
    assert state_of(job) == JobState.FINALIZING
    assert Attempt.objects.get().report["outcome"] == "succeeded"


def test_a_reported_failure_keeps_its_reason(running: tuple[Attempt, Caller], job: Job) -> None:
    attempt, caller = running
    said = {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "load_failed"}
    finish(caller, attempt, {**said, "message": "No such operator."}, "k")
    job.refresh_from_db()
    assert (job.state, job.failure_reason) == (JobState.FAILED, "load_failed")
    assert job.failure_message == "No such operator."


def test_a_reported_cancel_ends_the_job(running: tuple[Attempt, Caller], job: Job) -> None:
    attempt, caller = running
    finish(caller, attempt, {"epoch": 1, "outcome": "cancelled", "log_size": 0}, "k")
    assert state_of(job) == JobState.CANCELLED


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"outcome": "fine"}, "outcome"), ({"epoch": "1"}, "epoch"), ({"result": {}}, "launches")],
)
def test_a_malformed_last_word_is_refused_by_its_field(
    running: tuple[Attempt, Caller], job: Job, changes: dict[str, object], field: str
) -> None:
    attempt, caller = running
    answer = finish(caller, attempt, {**DONE, **changes}, "k")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert field in answer.json()["message"].lower()
    assert state_of(job) == JobState.RUNNING


def test_numbers_too_large_for_any_time_are_refused(
    running: tuple[Attempt, Caller], job: Job
) -> None:
    attempt, caller = running
    text = httpx.Request("POST", "http://x", json=DONE).content.replace(b"1.0", b"1e999")
    answer = caller.http.post(
        f"attempts/{attempt.pk}/finish", content=text, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert state_of(job) == JobState.RUNNING


def fetch(server: str, caller: Caller, sha256: str) -> httpx.Response:
    door = {"Authorization": caller.http.headers["Authorization"]}
    return httpx.get(f"{server}/api/v1/blobs/{sha256}", headers=door)


def test_an_attempt_reads_the_files_of_its_job_and_no_others(
    running: tuple[Attempt, Caller], server: str
) -> None:
    attempt, caller = running
    own = attempt.job.spec["artifact"]["files"][0]["sha256"]
    assert fetch(server, caller, own).content == b"the bytes of tiny"
    assert fetch(server, caller, stored(b"of somebody else").sha256).status_code in {401, 404}


def test_an_ended_attempt_reads_nothing(running: tuple[Attempt, Caller], server: str) -> None:
    attempt, caller = running
    own = attempt.job.spec["artifact"]["files"][0]["sha256"]
    finish(caller, attempt, DONE, "k")
    assert fetch(server, caller, own).status_code in {401, 404}
