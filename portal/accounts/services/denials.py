"""Denials in the audit log: the first of a kind at once, how often it came again a while later.

A stranger may be refused a million times an hour; the log grows by a bounded number of rows.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, transaction

from portal.accounts.models import User
from portal.accounts.services.audit import record

logger = logging.getLogger(__name__)
WINDOW_S = 600
KINDS = 50
"""Different denials of one person, or of everybody unknown, that get rows of their own a window."""
PATH_CHARACTERS = 200


@dataclass(frozen=True)
class Denial:
    """A call that was refused; those alike are one kind."""

    actor_id: int | None
    status: int
    code: str
    method: str = ""
    path: str = ""
    address: str = ""


class DenialLog:
    """Counts in memory, one for each web process: a killed process loses counts, never a kind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[Denial, int] = {}
        self._kinds: dict[int | None, int] = {}
        self._until = clock() + WINDOW_S

    def note(self, denial: Denial) -> None:
        """Write the first of a kind into the log; count those after it."""
        self.close_window()
        with self._lock:
            if denial not in self._counts and self._kinds.get(denial.actor_id, 0) >= KINDS:
                denial = Denial(denial.actor_id, 0, "many_kinds")
            first = denial not in self._counts
            self._counts[denial] = self._counts.get(denial, 0) + 1
            self._kinds[denial.actor_id] = self._kinds.get(denial.actor_id, 0) + first
        if first:
            _write([(denial, 1)])

    def close_window(self, *, now: bool = False) -> None:
        """Write how often each kind came again, once its window is over or at once."""
        with self._lock:
            if not now and self._clock() < self._until:
                return
            again = [(denial, count - 1) for denial, count in self._counts.items() if count > 1]
            self._counts.clear()
            self._kinds.clear()
            self._until = self._clock() + WINDOW_S
        _write(again)


def _write(rows: list[tuple[Denial, int]]) -> None:
    """Add rows to the log; a database that is away must not turn a refusal into a fault."""
    try:
        with transaction.atomic():
            for denial, times in rows:
                actor = User.objects.filter(pk=denial.actor_id or 0).first()
                told = f"{denial.method} {denial.path}".strip()[:PATH_CHARACTERS]
                record(
                    actor,
                    "access.denied",
                    told,
                    allowed=False,
                    code=denial.code,
                    status=denial.status,
                    address=denial.address,
                    times=times,
                )
    except DatabaseError:
        logger.exception("the audit log did not take %s denials", len(rows))
