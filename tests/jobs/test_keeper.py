"""What stands beside a running conversion."""

import fcntl
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError

from jobs.models import Attempt, Job
from jobs.selectors.jobs import read_log
from jobs.services import keeper as keeping
from jobs.services.attempts import Fenced, Holder, beat, open_attempt, start
from jobs.services.keeper import Keeper, Stopped, host_lock
from jobs.services.lifecycle import cancel, lose
from jobs.services.logs import append_log
from jobs.services.work_folders import work_folder
from jobs.types import AttemptState
from portal.accounts.models import User
from tests.jobs.scene import benchmark_job, connect, granted, publish


@pytest.fixture(autouse=True)
def beat_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FLUSH_S", 0.02)


@pytest.fixture
def attempt(asked: Job) -> Attempt:
    found = open_attempt(asked, Holder(worker="w"), lease_s=60)
    assert found is not None
    start(found[0])
    return found[0]


def until_told(keeper: Keeper) -> None:
    while True:
        keeper.note("work", 0.5, "")
        threading.Event().wait(0.01)


def test_the_log_and_the_progress_are_written_by_the_end(attempt: Attempt, asked: Job) -> None:
    with Keeper(attempt) as keeper:
        keeper.note("export", 0.25, "tracing")
        keeper.log("가나다")
    asked.refresh_from_db()
    assert (asked.step, asked.fraction, asked.text) == ("export", 0.25, "tracing")
    lines = read_log(asked, 0, 1000)[0].decode().splitlines()
    assert [line.partition(" ")[2] for line in lines] == ["== export", "가나다"]


def test_the_lease_is_renewed_while_the_work_goes_on(attempt: Attempt) -> None:
    before = Attempt.objects.get(pk=attempt.pk).lease_until
    with Keeper(attempt):
        pass
    assert Attempt.objects.get(pk=attempt.pk).lease_until > before


def test_the_wish_to_stop_reaches_the_work(attempt: Attempt, asked: Job) -> None:
    with Keeper(attempt) as keeper:
        cancel(Job.objects.get(pk=asked.pk))
        with pytest.raises(Stopped):
            until_told(keeper)


def test_work_that_was_given_to_somebody_else_is_fenced(attempt: Attempt) -> None:
    with Keeper(attempt) as keeper:
        lose(Attempt.objects.get(pk=attempt.pk))
        with pytest.raises(Fenced):
            until_told(keeper)
        assert keeper.wish() == "abort"
    assert Attempt.objects.get(pk=attempt.pk).state == AttemptState.LOST


def test_a_database_that_restarts_does_not_end_the_heartbeat(
    attempt: Attempt, asked: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, plain = threading.Event(), append_log

    def restarting(attempt: Attempt, offset: int, content: bytes) -> int:
        if not failed.is_set():
            failed.set()
            raise OperationalError("the server closed the connection")
        return plain(attempt, offset, content)

    monkeypatch.setattr(keeping, "append_log", restarting)
    before = Attempt.objects.get(pk=attempt.pk).lease_until
    with Keeper(attempt) as keeper:
        keeper.log("kept")
        assert failed.wait(10)
    assert b"kept" in read_log(asked, 0, 100)[0]
    assert Attempt.objects.get(pk=attempt.pk).lease_until > before
    assert beat(attempt, step="", fraction=0, text="") == "none"


def test_what_a_killed_worker_left_is_removed_by_the_next_one(
    attempt: Attempt, olga: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "ondol-convert-another").mkdir()
    killed = ExitStack()
    left = killed.enter_context(work_folder(attempt))
    other = connect(olga, "other")
    later, _ = granted(benchmark_job(olga, other, publish(olga, "two")), other)
    with work_folder(later):
        assert left.exists()
    lose(attempt)
    with work_folder(later) as folder:
        found = {path.name for path in tmp_path.glob("ondol-convert-*")}
        assert found == {folder.name, "ondol-convert-another"}
    killed.close()


def test_conversions_and_measurements_of_one_machine_take_turns(
    attempt: Attempt, asked: Job
) -> None:
    with settings.ENV.host_lock.open("a") as measuring:
        fcntl.flock(measuring, fcntl.LOCK_EX)
        with Keeper(attempt) as keeper:
            cancel(Job.objects.get(pk=asked.pk))
            with pytest.raises(Stopped), host_lock(keeper):
                raise AssertionError("Both hold the machine.")
        fcntl.flock(measuring, fcntl.LOCK_UN)
        with Keeper(attempt) as keeper, host_lock(keeper), pytest.raises(BlockingIOError):
            fcntl.flock(measuring, fcntl.LOCK_EX | fcntl.LOCK_NB)
