import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest
from celery.signals import worker_init
from django.conf import settings

from jobs.services import worker_names

CODE = (
    "from jobs.services.worker_names import worker_name; print(worker_name(), flush=True); input()"
)
Worker = tuple[str, subprocess.Popen[str]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Start what takes a worker's name and lives on, each in the same installation."""
    own = {"DJANGO_SETTINGS_MODULE": "portal.settings.base", "ONDOL_HOME": str(tmp_path)}
    with ExitStack() as workers:

        def start() -> Worker:
            worker = workers.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", CODE],
                    env=os.environ | own,
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


def test_a_worker_takes_its_name_before_its_first_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update={"home": tmp_path}))
    worker_names._own_name.cache_clear()
    import_module("jobs.tasks")
    worker_init.send(sender=None)
    (taken,) = (tmp_path / "workers").iterdir()
    assert worker_names.worker_name() == taken.name
