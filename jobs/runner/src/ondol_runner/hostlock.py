"""One measurement or conversion at a time on a host, whichever program runs it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ondol_runner.faults import Fault
from ondol_runner.protocol import Reason, sentence

POLL_S = 0.5
EVERYBODY_READS = 0o666


@contextmanager
def host_lock(path: Path, *, limit_s: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the host; `waiting` is called as long as another does, until `limit_s` is over."""
    descriptor = _open(path)
    try:
        _lock(descriptor, limit_s, waiting)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, limit_s: float, waiting: Callable[[], None]) -> None:
    deadline = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Fault(
                    Reason.TIMEOUT,
                    sentence(
                        "host_busy",
                        "Another measurement or conversion held this host for {seconds} seconds.",
                        seconds=round(limit_s),
                    ),
                ) from error
            waiting()
            time.sleep(POLL_S)
        else:
            return


def _open(path: Path) -> int:
    try:
        # Creating is tried second: a sticky folder forbids it on a file of somebody else.
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT, EVERYBODY_READS)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> Fault:
    return Fault(
        Reason.UNKNOWN,
        sentence(
            "host_lock_unusable",
            "The host lock {path} cannot be used: {why}.",
            path=path,
            why=error.strerror,
        ),
    )
