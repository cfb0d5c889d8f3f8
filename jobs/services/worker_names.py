"""What a worker is called."""

import fcntl
import os
import socket
import threading
from functools import cache
from itertools import count

from django.conf import settings

_naming = threading.Lock()


def worker_name() -> str:
    """Return by which name this process holds jobs: that of its host, and a number.

    It is the lowest number that no living worker of this host has. A worker that is started again
    takes the number that its death set free, so its losses count together, and those of two
    workers beside each other do not.
    """
    with _naming:
        return _own_name()


@cache
def _own_name() -> str:
    names = (f"{socket.gethostname()}-{number}" for number in count(1))
    return next(name for name in names if _take(name))


def _take(name: str) -> bool:
    folder = settings.ENV.home / "workers"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / name, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    # Left open on purpose: the kernel lets go of it when this process ends, in whatever way.
    return True
