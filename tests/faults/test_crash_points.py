"""An error, a SIGKILL and a hang before and after every save of a job, an attempt, an upload."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import connections
from pydantic import ValidationError

from jobs.models import Job
from jobs.types import JobState, Task
from portal.core.crash import Crash
from portal.core.models import OutboxMessage
from portal.settings.env import Env
from repository.models import Blob, Inspection
from repository.services import uploads
from repository.types import FileStatus, UploadState
from tests.cast import people
from tests.faults.history import faults_of
from tests.faults.points import FAILURES, OF_UPLOADS, POINTS
from tests.faults.scenes import ENDS_OF, Stage, run_job, run_upload
from tests.jobs.scene import connect, publish, set_duration

DIED = -signal.SIGKILL


@pytest.fixture
def stage(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Set up a lab whose reader takes the file's name for its word: the sandbox has its tests."""

    def read(blob: Blob, filename: str, **_: object) -> Inspection:
        status = FileStatus(filename.partition(".")[0])
        found, _made = Inspection.objects.get_or_create(
            blob=blob, extension=f".{status}", defaults={"status": status}
        )
        return found

    monkeypatch.setattr(uploads, "inspect_blob", read)
    olga = people().olga
    return Stage(olga, publish(olga), connect(olga))


def scene_of(save: str, stage: Stage) -> Callable[[], object]:
    if save in OF_UPLOADS:
        end = save.partition(".")[2]
        rest = {UploadState.OPEN, UploadState.RECEIVED, "blob"}
        chosen = UploadState.ACCEPTED if end in rest else UploadState(end)
        return lambda: run_upload(stage, chosen)
    return lambda: run_job(stage, ENDS_OF.get(save, JobState.SUCCEEDED))


@contextmanager
def child(work: Callable[[], object]) -> Iterator[tuple[int, int]]:
    """Run `work` in a process of its own: its id, and where it tells that it met its point."""
    connections.close_all()
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(told, 2)
        try:
            work()
        finally:
            os._exit(0)
    os.close(told)
    try:
        yield pid, heard
    finally:
        os.close(heard)


def killed(pid: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == DIED


def fail_by_error(work: Callable[[], object]) -> None:
    # The janitor and the background log a fault and go on: then there is none here.
    with suppress(Crash):
        work()


def fail_by_kill(work: Callable[[], object]) -> None:
    with child(work) as (pid, heard):
        os.write(2, os.read(heard, 1000))
        assert killed(pid)


def fail_by_hang(work: Callable[[], object]) -> None:
    with child(work) as (pid, heard):
        os.write(2, os.read(heard, 1000))
        os.kill(pid, signal.SIGKILL)
        assert killed(pid)


WAYS = dict(zip(FAILURES, (fail_by_error, fail_by_kill, fail_by_hang), strict=True))


def points_for(failure: str) -> list[tuple[str, str]]:
    """Return every point in a soak; in a test a third of them, each point with one failure."""
    if "ONDOL_SOAK" in os.environ:
        return POINTS
    return POINTS[FAILURES.index(failure) :: len(FAILURES)]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("failure", FAILURES)
def test_every_save_survives_what_happens_around_it(
    stage: Stage, failure: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = []
    for side, save in points_for(failure):
        point = f"{side}:{save}:{failure}"
        work = scene_of(save, stage)
        set_duration(monkeypatch, crash_at=point)
        WAYS[failure](work)
        if point not in capfd.readouterr().err:
            broken.append(f"{point} was never met")
        set_duration(monkeypatch, crash_at="")
        work()
        if (last := Job.objects.order_by("-id").first()) is not None:
            broken += [f"{point}: {fault}" for fault in faults_of(last, 60)]
    assert broken == []
    assert not OutboxMessage.objects.filter(task=Task.FINALIZE_BENCHMARK).exists()


def test_a_crash_point_is_refused_where_nobody_debugs() -> None:
    with pytest.raises(ValidationError, match="needs ONDOL_DEBUG"):
        Env(crash_at="after:job.running:kill")
    with pytest.raises(ValidationError, match="before"):
        Env(debug=True, crash_at="sometimes")
