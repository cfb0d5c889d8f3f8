"""What a runner says of one attempt, with that attempt's own secret."""

import httpx
import pytest

from jobs.models import Attempt, Job
from jobs.services.lifecycle import cancel
from jobs.types import AttemptState, JobState, Task
from portal.accounts.models import User
from portal.core.models import OutboxMessage
from tests.jobs.conftest import Line
from tests.jobs.runner_calls import Caller
from tests.jobs.scene import benchmark_job, connect, granted, publish, result

BEAT = {"epoch": 1, "step": "sampling", "fraction": 0.5, "text": "launch 2 of 3", "log_size": 0}
DONE = {
    "epoch": 1,
    "outcome": "succeeded",
    "log_size": 0,
    "result": result([[1.0] * 10] * 3),
}


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


def test_accepting_twice_is_harmless(running: Line, asked: Job) -> None:
    attempt, caller = running
    assert caller.post(f"attempts/{attempt.pk}/accept", {"epoch": 1}).status_code == 204
    assert state_of(asked) == JobState.RUNNING


def test_a_refused_offer_is_queued_again(offer: Line, asked: Job) -> None:
    attempt, caller = offer
    body = {"epoch": 1, "reason": "out_of_disk", "message": "The disk is full."}
    assert caller.post(f"attempts/{attempt.pk}/refuse", body).status_code == 204
    assert state_of(asked) == JobState.QUEUED
    assert Attempt.objects.get().state == AttemptState.REFUSED


def test_a_heartbeat_notes_the_progress(running: Line, asked: Job) -> None:
    attempt, caller = running
    reply = caller.post(f"attempts/{attempt.pk}/heartbeat", BEAT).json()
    assert reply == {"lease_s": 60.0, "next_s": 15.0, "cancel": "none"}
    asked.refresh_from_db()
    assert (asked.step, asked.fraction, asked.text) == ("sampling", 0.5, "launch 2 of 3")


def test_the_wish_to_stop_arrives_with_the_next_heartbeat(running: Line, asked: Job) -> None:
    attempt, caller = running
    asked.refresh_from_db()
    cancel(asked)
    url = f"attempts/{attempt.pk}/heartbeat"
    assert caller.post(url, BEAT).json()["cancel"] == "graceful"
    cancel(Job.objects.get(pk=asked.pk))
    assert caller.post(url, BEAT).json()["cancel"] == "abort"


def test_a_heartbeat_of_another_epoch_is_fenced(running: Line) -> None:
    attempt, caller = running
    answer = caller.post(f"attempts/{attempt.pk}/heartbeat", {**BEAT, "epoch": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "fenced")


def test_a_secret_opens_no_other_attempt(running: Line, olga: User) -> None:
    _, caller = running
    other = connect(olga, "other")
    theirs, _ = granted(benchmark_job(olga, other, publish(olga, "two")), other, started=True)
    answer = caller.post(f"attempts/{theirs.pk}/heartbeat", BEAT)
    assert (answer.status_code, answer.json()["code"]) == (409, "fenced")


def finish(caller: Caller, attempt: Attempt, body: object, key: str) -> httpx.Response:
    return caller.post(f"attempts/{attempt.pk}/finish", body, **{"Idempotency-Key": key})


def test_finishing_twice_with_one_key_is_harmless(running: Line, asked: Job) -> None:
    attempt, caller = running
    assert finish(caller, attempt, DONE, "k1").status_code == 204
    assert finish(caller, attempt, DONE, "k1").status_code == 204
    assert state_of(asked) == JobState.FINALIZING
    tasks = OutboxMessage.objects.filter(task=Task.FINALIZE_BENCHMARK)
    assert tasks.get().arguments == {"job_id": asked.pk}


def test_a_second_other_word_is_fenced(running: Line, asked: Job) -> None:
    attempt, caller = running
    finish(caller, attempt, DONE, "k1")
    other = {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "crashed"}
    answer = finish(caller, attempt, other, "k2")
    assert (answer.status_code, answer.json()["code"]) == (409, "fenced")
    assert state_of(asked) == JobState.FINALIZING
    assert Attempt.objects.filter(report__outcome="succeeded").exists()


def test_another_word_under_the_same_key_is_refused_by_its_own_code(
    running: Line, asked: Job
) -> None:
    attempt, caller = running
    finish(caller, attempt, DONE, "k1")
    other = {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "crashed"}
    answer = finish(caller, attempt, other, "k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert finish(caller, attempt, DONE, "k1").status_code == 204
    assert state_of(asked) == JobState.FINALIZING


def test_a_reported_failure_keeps_its_reason(running: Line, asked: Job) -> None:
    attempt, caller = running
    said = {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "load_failed"}
    finish(caller, attempt, {**said, "message": "No such operator."}, "k")
    asked.refresh_from_db()
    assert (asked.state, asked.failure_reason) == (JobState.FAILED, "load_failed")
    assert asked.failure_message == "No such operator."
    named = {"text": "No such operator.", "code": "", "values": {}}
    assert asked.failure_sentences == [named]


def test_a_reported_failure_is_told_by_name_and_kept_within_bounds(
    running: Line, asked: Job
) -> None:
    attempt, caller = running
    good = {"text": "It stood still.", "code": "no_progress", "values": {"seconds": "60"}}
    odd = {"text": "x" * 9999, "code": "../en", "values": {}}
    long = {"text": "Long.", "code": "no_dtype", "values": {"dtype": "y" * 9999}}
    full = {"text": "Full.", "code": "no_dtype", "values": {f"v{n}": "" for n in range(99)}}
    said = {"epoch": 1, "outcome": "failed", "log_size": 0, "reason": "timeout"}
    body = {**said, "message": "It stood still.", "sentences": [good, odd, long, full] * 5}
    assert finish(caller, attempt, body, "k").status_code == 204
    asked.refresh_from_db()
    kept = asked.failure_sentences
    assert kept[0] == good
    assert kept[1] == {"text": "x" * 500, "code": "", "values": {}}
    assert kept[2]["values"] == {"dtype": "y" * 500}
    assert kept[3] == {"text": "Full.", "code": "", "values": {}}
    assert len(kept) == 8


@pytest.mark.parametrize("sentences", ["None.", [{"code": "no_reason"}], [{"text": 1}]])
def test_sentences_of_another_shape_are_refused(
    running: Line, asked: Job, sentences: object
) -> None:
    attempt, caller = running
    body = {"epoch": 1, "outcome": "failed", "log_size": 0, "sentences": sentences}
    answer = finish(caller, attempt, body, "k")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert state_of(asked) == JobState.RUNNING


def test_a_reported_cancel_ends_the_job(running: Line, asked: Job) -> None:
    attempt, caller = running
    finish(caller, attempt, {"epoch": 1, "outcome": "cancelled", "log_size": 0}, "k")
    assert state_of(asked) == JobState.CANCELLED


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"outcome": "fine"}, "outcome"), ({"epoch": "1"}, "epoch"), ({"result": {}}, "launches")],
)
def test_a_malformed_last_word_is_refused_by_its_field(
    running: Line, asked: Job, changes: dict[str, object], field: str
) -> None:
    attempt, caller = running
    answer = finish(caller, attempt, {**DONE, **changes}, "k")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert field in answer.json()["message"].lower()
    assert state_of(asked) == JobState.RUNNING


def test_numbers_too_large_for_any_time_are_refused(running: Line, asked: Job) -> None:
    attempt, caller = running
    text = httpx.Request("POST", "http://x", json=DONE).content.replace(b"1.0", b"1e999")
    answer = caller.http.post(
        f"attempts/{attempt.pk}/finish", content=text, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert state_of(asked) == JobState.RUNNING
