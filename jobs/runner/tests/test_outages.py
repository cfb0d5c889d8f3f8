"""What the program does when the server, the network or a process of its own is lost."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable

import psutil
import pytest

from ondol_runner.config import Home
from ondol_runner.protocol import FileRef

from fake_portal import Answer, FakePortal
from grants import ENDLESS, grant_for
from program import HEARTBEAT, Program, gone, launched

Start = Callable[[Home], Program]


def test_a_fenced_attempt_is_killed_and_reports_nothing(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    family = program.family()

    portal.fenced = True
    portal.wait_for(lambda: gone(family))
    portal.wait_for(lambda: not list(home.work.iterdir()))
    portal.fenced = False
    after = portal.offer(grant_for(model, attempt_id="a2"))
    portal.wait_for(lambda: after.finishes)

    assert seen.finishes == []
    assert after.finishes[0]["outcome"] == "succeeded"


def test_a_disk_that_runs_full_fails_the_job_with_advice_and_not_the_runner(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    runner = psutil.Process(program.process.pid)
    room = runner.rlimit(psutil.RLIMIT_FSIZE)

    # Every write of theirs fails from here on, as on a disk without room.
    for process in [runner, *program.family()]:
        process.rlimit(psutil.RLIMIT_FSIZE, (0, process.rlimit(psutil.RLIMIT_FSIZE)[1]))
    portal.wait_for(lambda: seen.finishes)
    runner.rlimit(psutil.RLIMIT_FSIZE, room)
    after = portal.offer(grant_for(model, attempt_id="a2"))
    portal.wait_for(lambda: after.finishes)

    (finish,) = seen.finishes
    assert (finish["outcome"], finish["reason"]) == ("failed", "out_of_disk")
    assert "doctor" in finish["message"]
    assert after.finishes[0]["outcome"] == "succeeded"
    portal.wait_for(lambda: not list(home.work.iterdir()))


def test_a_runner_without_contact_fences_itself(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    portal.session = dataclasses.replace(portal.session, offline_grace_s=1.5)
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    family = program.family()

    portal.scripted["/heartbeat"] = [Answer(503)] * 10_000
    portal.wait_for(lambda: gone(family))

    assert seen.finishes == []
    assert "The attempt is lost (offline)" in program.log()


def test_without_its_heartbeat_an_attempt_is_given_up(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    family = program.family()
    heartbeat = program.find(HEARTBEAT)
    assert heartbeat is not None

    heartbeat.kill()
    portal.wait_for(lambda: gone(family))

    assert seen.finishes == []


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_runner_leaves_no_process_behind(
    portal: FakePortal, home: Home, start: Start, model: FileRef, signal_number: signal.Signals
) -> None:
    seen = portal.offer(grant_for(model, sampling=ENDLESS))
    program = start(home)
    portal.wait_for(lambda: launched(program))
    family = program.family()

    os.kill(program.process.pid, signal_number)
    portal.wait_for(lambda: gone(family))

    assert len(family) == 3
    assert seen.finishes == []


def test_the_log_is_whole_after_the_server_lost_the_end_of_it(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    portal.kept_log = [0, 3, 10]
    seen = portal.offer(grant_for(model))

    start(home)
    portal.wait_for(lambda: seen.finishes)

    assert seen.finishes[0]["log_size"] == len(seen.log)
    assert seen.log.startswith(b"Fetching tiny.onnx")
    assert seen.log.endswith(b"Done.\n")


def test_busy_and_broken_answers_are_outlasted(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    page = Answer(200, raw=b"<html>Please sign in</html>")
    for call in ("session", "claim", "accept", "finish", "log"):
        portal.scripted[f"/{call}"] = [Answer(502), page, Answer(429, headers={"Retry-After": "0"})]
    seen = portal.offer(grant_for(model))

    start(home)
    portal.wait_for(lambda: seen.finishes)

    assert (seen.accepts, len(seen.finishes)) == (1, 1)
    assert seen.finishes[0]["log_size"] == len(seen.log)


def test_a_runner_that_is_not_known_any_more_says_so_and_ends(
    portal: FakePortal, home: Home, start: Start
) -> None:
    program = start(home)
    portal.wait_for(lambda: portal.called("/claim"))
    portal.scripted["/claim"] = [Answer(401, {"code": "revoked", "message": "Revoked."})] * 3

    assert program.process.wait(timeout=30) == 3
    assert program.log().splitlines()[-1].startswith("ondol-runner: ")
    assert "enroll it again" in program.log()


def test_a_forgotten_session_is_opened_again(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    portal.scripted["/claim"] = [Answer(410, {"code": "session_gone", "message": "Gone."})]
    seen = portal.offer(grant_for(model))

    start(home)
    portal.wait_for(lambda: seen.finishes)

    assert len(portal.sessions) == 2
    assert [device["name"] for device in portal.sessions[0]["devices"]] == ["board", "phone"]
