"""Crash points: named saves at which a test has this process fail, die or hang.

`ONDOL_CRASH_AT=after:job.running:kill` arms one. Unarmed, a point costs one comparison.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction


class Crash(Exception):
    """What an armed point raises: no refusal, and nothing the code is prepared for."""


@contextmanager
def saving(name: str) -> Iterator[None]:
    """Mark a save: pass `before:NAME` ahead of it, and `after:NAME` once it has committed."""
    armed = settings.ENV.crash_at
    if armed:
        _pass(armed, f"before:{name}")
    yield
    if armed:
        transaction.on_commit(lambda: _pass(armed, f"after:{name}"))


def _pass(armed: str, point: str) -> None:
    place, _, failure = armed.rpartition(":")
    if place != point:
        return
    os.write(2, f"crash point {armed}\n".encode())
    if failure == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if failure == "hang":
        threading.Event().wait()
    raise Crash(point)
