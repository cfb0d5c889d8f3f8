"""What systemd is told of this program while it runs, and how its journal likes its lines."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from collections.abc import Iterable

from ondol_runner.masking import Secret, clean

PRIORITIES = (
    (logging.CRITICAL, "<2>"),
    (logging.ERROR, "<3>"),
    (logging.WARNING, "<4>"),
    (logging.INFO, "<6>"),
    (logging.NOTSET, "<7>"),
)


def notify(*states: str) -> None:
    """Tell systemd, if it started this program and asked to be told; else do nothing."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A name that begins with @ is in the abstract namespace.
    target = "\0" + address[1:] if address.startswith("@") else address
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending,
    ):
        sending.sendto("\n".join(states).encode(), target)


def writes_to_journal() -> bool:
    """Answer whether stderr is the journal itself, which adds times and reads priorities."""
    try:
        stderr = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM", "") == f"{stderr.st_dev}:{stderr.st_ino}"


class LineFormatter(logging.Formatter):
    """One priority before every line, no colours, no times, and no secrets."""

    def __init__(self, secrets: Iterable[Secret], *, priorities: bool) -> None:
        super().__init__()
        self._secrets = tuple(secrets)
        self._priorities = priorities

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).splitlines() or [""]
        return "\n".join(self._before(record) + clean(line, self._secrets) for line in lines)

    def _before(self, record: logging.LogRecord) -> str:
        if not self._priorities:
            return f"{record.levelname} "
        return next(sign for level, sign in PRIORITIES if record.levelno >= level)


def log_to_stderr(secrets: Iterable[Secret]) -> None:
    """Write this program's log to stderr, as whoever reads it there wants it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(secrets, priorities=writes_to_journal()))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It would write one line for each call.
    logging.getLogger("httpx").setLevel(logging.WARNING)
