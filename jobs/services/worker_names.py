"""What a worker is called, and how names in the temporary folder are kept to an installation."""

import fcntl
import hashlib
import os
import socket
import tempfile
import threading
from functools import cache
from itertools import count
from pathlib import Path

from django.conf import settings

_naming = threading.Lock()


def in_temporary_folder(purpose: str) -> Path:
    """Return how paths of this installation begin there: others may share the machine."""
    house = hashlib.sha256(bytes(settings.ENV.home.resolve())).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"ondol-{purpose}-{house}-"


def worker_name() -> str:
    """Return by which name this process holds jobs: that of its host, and a number.

    It is the lowest number that no living worker of this host has. A worker that is started again
    takes the number that its death set free, so its losses count together, and those of two
    workers beside each other do not.
    """
    with _naming:
        return f"{socket.gethostname()}/{_own_number()}"


@cache
def _own_number() -> int:
    return next(number for number in count(1) if _take(number))


def _take(number: int) -> bool:
    path = f"{in_temporary_folder('worker')}{number}"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    # Left open on purpose: the kernel lets go of it when this process ends, in whatever way.
    return True
