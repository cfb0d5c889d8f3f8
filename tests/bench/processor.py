"""Processor time of processes and all they start, as the kernel counts it."""

import os
import time
from pathlib import Path

from django.db import connection

from tests.jobs.processes import descendants

TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """What some processes take from `begin` on, with those they started, gone ones included."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self.begin()

    def begin(self) -> None:
        self._at, self._used = time.monotonic(), self._now()

    def share(self) -> float:
        """Return cores kept busy since the beginning."""
        return (self._now() - self._used) / (time.monotonic() - self._at)

    def _now(self) -> float:
        living = [pid for root in self._pids for pid in (root, *descendants(root))]
        return sum(_seconds(pid) for pid in living)


def _seconds(pid: int) -> float:
    """Return user and system time of a process and of its children that have ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(after_name[at]) for at in (11, 12, 13, 14)) / TICKS


def postmaster() -> int:
    """Return the process that starts every other one of this PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
