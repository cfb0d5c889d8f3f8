"""Ends of attempts survive a kill of the program, an outage, and a disk that kept half of them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ondol_runner.__main__ import main
from ondol_runner.client import Client
from ondol_runner.config import Home
from ondol_runner.courier import TRIES, Courier
from ondol_runner.journal import End, Entry, Journal
from ondol_runner.protocol import FileRef, FinishRequest, Outcome
from ondol_runner.retry import Pace

from fake_portal import Answer, FakePortal, token_of
from grants import grant_for
from program import Program

Start = Callable[[Home], Program]


def kill(program: Program) -> None:
    os.kill(program.process.pid, signal.SIGKILL)
    program.process.wait(timeout=30)


def kept(home: Home) -> list[Path]:
    return sorted(home.journal.iterdir()) if home.journal.exists() else []


def end_of(attempt_id: str) -> End:
    return End(
        attempt_id, token_of(attempt_id), "job 1", FinishRequest(3, Outcome.SUCCEEDED, log_size=4)
    )


@pytest.fixture
def entry(home: Home) -> Entry:
    """Leave one end in the journal, as an earlier run would."""
    log = home.path / "log"
    log.write_bytes(b"one\n")
    return Journal(home.journal).keep(end_of("a1"), log)


@pytest.fixture
def courier(portal: FakePortal, home: Home, entry: Entry) -> Iterator[Courier]:
    del entry
    with contextlib.closing(Client(portal.url)) as client:
        yield Courier(client, Journal(home.journal), Pace(0.0, 0.0), None)


def test_an_end_that_was_not_taken_before_a_kill_is_sent_again_whole(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    portal.scripted["/finish"] = [Answer(503)] * 10_000
    portal.scripted["/log"] = [Answer(503)] * 3
    seen = portal.offer(grant_for(model))
    program = start(home)
    portal.wait_for(lambda: portal.called("/finish"))
    kill(program)
    (folder,) = kept(home)
    assert stat.S_IMODE((folder / "end.json").stat().st_mode) == 0o600

    again = start(home)
    portal.wait_for(lambda: len(portal.sessions) == 2)
    portal.scripted.clear()
    portal.wait_for(lambda: seen.finishes and not kept(home))

    (finish,) = seen.finishes
    assert (finish["outcome"], finish["epoch"]) == ("succeeded", 3)
    assert finish["result"]["launches"][0]["samples_ms"]
    assert seen.keys == ["finish-a1-3"]
    assert finish["log_size"] == len(seen.log)
    assert seen.log.endswith(b"Done.\n")
    assert portal.sessions[1]["open_attempts"] == [{"attempt_id": "a1", "epoch": 3}]
    assert again.log().count("its end was not answered yet") == 1


def test_an_end_whose_answer_was_lost_is_said_again_with_its_key(
    portal: FakePortal, home: Home, start: Start, model: FileRef
) -> None:
    seen = portal.offer(grant_for(model))
    program = start(home)
    # The portal takes the word, and the program is gone before it can hear so.
    portal.hooks["/finish"] = lambda: kill(program)
    portal.wait_for(lambda: seen.finishes)
    assert len(kept(home)) == 1

    start(home)
    portal.wait_for(lambda: len(seen.finishes) == 2 and not kept(home))

    assert seen.keys == ["finish-a1-3"] * 2
    assert seen.finishes[0] == seen.finishes[1]


def test_after_an_outage_longer_than_the_grace_and_a_stop_a_finished_end_is_still_sent(
    portal: FakePortal, home: Home, start: Start
) -> None:
    portal.session = dataclasses.replace(portal.session, offline_grace_s=0.5)
    portal.scripted["/finish"] = [Answer(503)] * 10_000
    portal.scripted["/heartbeat"] = [Answer(503)] * 10_000
    seen = portal.offer(grant_for(FileRef("none.onnx", "no digest", 1)))
    program = start(home)
    portal.wait_for(lambda: kept(home))
    # The device is free again, though nobody was told.
    portal.wait_for(lambda: not list(home.work.iterdir()))
    assert program.stop() == 0
    assert "its end waits" in program.log()

    portal.scripted.clear()
    start(home)
    portal.wait_for(lambda: seen.finishes and not kept(home))

    assert seen.finishes[0]["reason"] == "download_failed"


def test_an_end_of_a_job_that_was_given_away_is_dropped_with_a_line(
    portal: FakePortal, courier: Courier, entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    portal.fenced = True

    courier.start()
    portal.wait_for(lambda: not courier.carries(entry))

    assert not entry.folder.exists()
    assert portal.attempts["a1"].finishes == []
    assert "job 1: its end is dropped, the server says: The job was given" in caplog.text


def test_a_log_that_is_never_taken_does_not_keep_a_result(
    portal: FakePortal, courier: Courier, entry: Entry
) -> None:
    portal.scripted["/log"] = [Answer(500)] * 10_000

    courier.start()
    portal.wait_for(lambda: not courier.carries(entry))

    (finish,) = portal.attempts["a1"].finishes
    assert (finish["outcome"], finish["log_size"]) == ("succeeded", 0)
    assert portal.attempts["a1"].log == b""


def test_after_an_outage_of_many_tries_the_log_still_comes_first(
    portal: FakePortal, courier: Courier, entry: Entry
) -> None:
    portal.scripted["/log"] = [Answer(503)] * 40
    portal.scripted["/finish"] = [Answer(503)] * (40 - TRIES)

    courier.start()
    portal.wait_for(lambda: not courier.carries(entry))

    assert portal.attempts["a1"].log == b"one\n"
    assert len(portal.attempts["a1"].finishes) == 1


def test_half_an_entry_is_removed_and_one_that_cannot_be_read_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "journal")
    log = tmp_path / "log"
    log.write_bytes(b"one\n")
    whole = journal.keep(end_of("a1"), log)
    half = journal.keep(end_of("a2"), log)
    (half.folder / "end.json").rename(half.folder / "end.json.new")
    torn = journal.keep(end_of("a3"), log)
    (torn.folder / "end.json").write_text(json.dumps({"attempt_id": "a3"}), "utf-8")

    assert journal.open() == [whole]
    assert not half.folder.exists()
    assert torn.folder.exists()
    assert "cannot be read" in caplog.text


def test_the_status_names_what_is_not_sent_yet(
    entry: Entry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status"]) == 0
    assert "unsent   job 1: succeeded" in capsys.readouterr().out.splitlines()


def test_an_entry_shows_no_token(entry: Entry) -> None:
    assert token_of("a1") in (entry.folder / "end.json").read_text("utf-8")
    assert token_of("a1") not in repr(entry) + repr(entry.key)
