"""Jobs for whichever device has an engine, and what it takes to take one."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from ondol_runner.protocol import BenchmarkResult, FinishRequest, Grant, Outcome, decode

from jobs.models import Device, Job, Runner
from jobs.selectors.outlook import outlook
from jobs.selectors.waiting import waits_for
from jobs.services.attempts import refuse, start
from jobs.services.benchmark_requests import (
    EngineMissing,
    NoneSuits,
    NotAllowed,
    Suited,
    request_anywhere,
    request_benchmark,
)
from jobs.services.benchmarks import finalize, finish
from jobs.services.dispatch import claim
from jobs.services.janitor import remind_takers
from jobs.services.lifecycle import cancel, retry
from jobs.types import DeviceAccess, JobState, RunnerState, WaitCode
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from repository.models import Artifact
from tests.cast import Cast
from tests.jobs.scene import Board, claim_of, connect, publish, result

ONNX = Suited("onnxruntime")
REPORT = decode(BenchmarkResult, result([[1.0, 1.1, 1.2]] * 3))


@pytest.fixture
def artifact(cast: Cast) -> Artifact:
    return publish(cast.olga)


@pytest.fixture
def pi(cast: Cast) -> Board:
    return connect(cast.olga, "pi")


@pytest.fixture
def jetson(cast: Cast) -> Board:
    """Connect a second board, of another processor."""
    board = connect(cast.olga, "jetson")
    told = {**board.device.passport, "architecture": "aarch64", "accelerators": ["NVIDIA Orin GPU"]}
    Device.objects.filter(pk=board.device.pk).update(passport=told)
    return board


def ask(board: Board) -> Grant | None:
    return claim(board.runner, claim_of(board.session, board.device.name))


def test_the_first_device_that_asks_takes_it_and_no_other(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board
) -> None:
    job = request_anywhere(cast.olga, artifact, ONNX)
    grant = ask(jetson)
    assert grant is not None
    assert (grant.job_id, grant.device) == (job.pk, "jetson")
    assert ask(pi) is None
    attempt = job.attempts.get()
    start(attempt)
    finish(attempt, FinishRequest(1, Outcome.SUCCEEDED, 0, result=REPORT), "key")
    finalize(job.pk)
    job.refresh_from_db()
    assert (job.state, job.device) == (JobState.SUCCEEDED, jetson.device)
    assert job.benchmark.device_name == "jetson"


def test_only_a_device_with_every_ability_takes_it(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board
) -> None:
    job = request_anywhere(cast.olga, artifact, Suited("onnxruntime", ("AARCH64", "orin")))
    plain = request_anywhere(cast.olga, artifact, ONNX)
    taken = ask(pi)
    assert taken is not None
    assert taken.job_id == plain.pk
    taken = ask(jetson)
    assert taken is not None
    assert taken.job_id == job.pk


@pytest.mark.parametrize(
    "abilities",
    [("memory>=8",), ("cores>=6", "accelerator=orin"), ("accelerator=NVIDIA", "memory>=4")],
)
def test_only_a_device_with_enough_of_it_takes_it(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board, abilities: tuple[str, ...]
) -> None:
    more = {"ram_bytes": 7.6 * 2**30, "cores": 8}
    jetson.device.refresh_from_db()
    Device.objects.filter(pk=jetson.device.pk).update(passport=jetson.device.passport | more)
    job = request_anywhere(cast.olga, artifact, Suited("onnxruntime", abilities))
    assert ask(pi) is None
    taken = ask(jetson)
    assert taken is not None
    assert taken.job_id == job.pk
    with pytest.raises(NoneSuits, match="at least 16 GiB of memory and at least 4 cores"):
        request_anywhere(cast.olga, artifact, Suited("onnxruntime", ("memory>=16", "cores>=4")))


def test_a_job_that_was_handed_back_is_for_any_device_again(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board
) -> None:
    job = request_anywhere(cast.olga, artifact, ONNX)
    assert ask(pi) is not None
    refuse(job.attempts.select_related("job").get())
    job.refresh_from_db()
    assert (job.state, job.device) == (JobState.QUEUED, None)
    assert ask(jetson) is not None


def test_a_job_for_any_device_takes_its_turn_behind_who_waits_longer(
    cast: Cast, artifact: Artifact, pi: Board
) -> None:
    for _ in range(3):
        request_anywhere(cast.olga, artifact, ONNX)
    marks = request_benchmark(cast.mark, artifact, pi.device)
    first = ask(pi)
    assert first is not None
    foretold = outlook(Job.objects.filter(state=JobState.QUEUED))
    assert foretold[marks.pk].queue_position == 1
    assert sorted(row.queue_position or 0 for row in foretold.values()) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "suited", [Suited("openvino"), Suited("onnxruntime", ("hailo",)), Suited("pytorch")]
)
def test_what_no_attached_device_can_do_is_refused_at_once(
    cast: Cast, artifact: Artifact, pi: Board, suited: Suited
) -> None:
    with pytest.raises((EngineMissing, NoneSuits)):
        request_anywhere(cast.olga, artifact, suited)


def test_more_threads_than_any_device_has_cores_are_refused(
    cast: Cast, artifact: Artifact, pi: Board
) -> None:
    with pytest.raises(NoneSuits, match="64 cores"):
        request_anywhere(cast.olga, artifact, ONNX, threads=64)


def test_a_device_that_is_not_open_to_somebody_takes_no_job_of_theirs(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board
) -> None:
    Device.objects.filter(pk=pi.device.pk).update(access=DeviceAccess.OWNER)
    job = request_anywhere(cast.mark, artifact, ONNX)
    assert ask(pi) is None
    assert ask(jetson) is not None
    cancel(job)
    Device.objects.update(access=DeviceAccess.OWNER)
    with pytest.raises(NotAllowed):
        request_anywhere(cast.mark, artifact, ONNX)


def test_it_says_what_holds_every_suitable_device_back(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board
) -> None:
    job = request_anywhere(cast.olga, artifact, ONNX)
    Device.objects.filter(pk=pi.device.pk).update(paused=True)
    assert waits_for(job) is None
    long_ago = timezone.now() - dt.timedelta(days=1)
    Device.objects.filter(pk=jetson.device.pk).update(last_seen_at=long_ago)
    reason = waits_for(job)
    assert reason is not None
    assert "pi is paused" in reason.message
    assert "jetson is offline" in reason.message
    Runner.objects.update(state=RunnerState.REVOKED)
    reason = waits_for(job)
    assert reason is not None
    assert (reason.code, "has what it needs: onnxruntime." in reason.message) == (
        WaitCode.NO_DEVICE,
        True,
    )


def test_the_api_takes_an_engine_instead_of_a_device(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board, client: Client
) -> None:
    _, token = create_token(cast.olga, name="t", scope=Scope.WRITE)
    headers = {"authorization": f"Bearer {token}"}

    def post(path: str, **body: Any) -> Any:
        return client.post(path, body, content_type="application/json", headers=headers)

    wish = {"kind": "benchmark", "artifact": artifact.pk}
    assert post("/api/v1/jobs", **wish).status_code == 422
    asked = post("/api/v1/jobs", **wish, engine="onnxruntime", abilities=["orin"]).json()
    assert (asked["device"], asked["any_device"], asked["abilities"]) == (None, True, ["orin"])
    refused = post("/api/v1/jobs", **wish, engine="onnxruntime", abilities=["memory>4"])
    assert (refused.status_code, "memory>=4" in refused.json()["message"]) == (422, True)
    none = post("/api/v1/jobs", **wish, engine="onnxruntime", abilities=["cores>=99"])
    assert (none.status_code, none.json()["code"]) == (422, "no_device_suits")
    again = post(f"/api/v1/jobs/{asked['id']}/again", abilities=[]).json()
    assert (again["any_device"], again["abilities"], again["engine"]) == (True, [], "onnxruntime")
    named = post(f"/api/v1/jobs/{asked['id']}/again", device=pi.device.pk).json()
    assert (named["device"], named["any_device"]) == ("pi", False)


def test_the_janitor_reminds_idle_devices_of_what_any_may_take(
    cast: Cast, artifact: Artifact, pi: Board, jetson: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("jobs.services.janitor.wake", woken.append)
    for _ in range(3):
        request_anywhere(cast.olga, artifact, ONNX)
    remind_takers()
    assert set(woken) == {pi.runner.topic, jetson.runner.topic}
    assert ask(pi) is not None
    woken.clear()
    remind_takers()
    assert woken == [jetson.runner.topic]


def test_asked_again_it_is_for_any_device_again(cast: Cast, artifact: Artifact, pi: Board) -> None:
    job = request_anywhere(cast.olga, artifact, Suited("onnxruntime", ("some cpu",)))
    cancel(job)
    again = retry(cast.olga, job)
    assert (again.any_device, again.device, again.abilities) == (True, None, "some cpu")
