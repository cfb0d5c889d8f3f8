import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

CODE = "from jobs.services.workplace import worker_name; print(worker_name(), flush=True); input()"
Worker = tuple[str, subprocess.Popen[str]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Start what takes a worker's name and lives on, each in the same installation."""
    own = {"DJANGO_SETTINGS_MODULE": "portal.settings.base", "TMPDIR": str(tmp_path)}
    environment = os.environ | own | {"ONDOL_HOME": str(tmp_path)}
    with ExitStack() as workers:

        def start() -> Worker:
            worker = workers.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", CODE],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            workers.callback(worker.kill)
            assert worker.stdout is not None
            return worker.stdout.readline().strip(), worker

        yield start


def test_two_workers_of_one_host_are_told_apart_and_one_that_came_back_is_the_same(
    begin: Callable[[], Worker],
) -> None:
    one, worker = begin()
    other, _ = begin()
    assert one != other
    worker.kill()
    worker.wait()
    again, _ = begin()
    assert again == one
