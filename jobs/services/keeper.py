"""What stands beside a running conversion: its lease, its log, and the wish to stop."""

import contextlib
import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connections

from jobs.models import Attempt
from jobs.services.attempts import Fenced, beat
from jobs.services.logs import LogGap, append_log
from jobs.types import CancelWish

logger = logging.getLogger(__name__)
FLUSH_S = 1.0


class Stopped(Exception):
    """The owner wants this job to end."""


class Keeper:
    """Renews the lease of an attempt from a thread of its own while the work goes on.

    The work calls `note` and `log`; the thread writes them in batches with each heartbeat. When
    the attempt was given to somebody else, `wish` answers `abort` and `note` raises Fenced.
    """

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self._said = ("", 0.0, "")
        self._lines: list[str] = []
        self._logged = attempt.log_size
        self._wish = CancelWish.NONE
        self._fenced = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"keeper-{attempt.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def note(self, step: str, fraction: float, text: str) -> None:
        """Say how far the work is; raise Fenced or Stopped if it should not go on."""
        if self._fenced:
            raise Fenced("This job was given to somebody else.")
        if self._wish != CancelWish.NONE:
            raise Stopped
        with self._lock:
            if step != self._said[0]:
                self._lines.append(f"== {step}")
            self._said = (step, fraction, text)

    def log(self, line: str) -> None:
        with self._lock:
            self._lines.append(line)

    def wish(self) -> CancelWish:
        """Answer what the sandbox asks while the child runs."""
        return CancelWish.ABORT if self._fenced else self._wish

    def end(self) -> None:
        """Write what is left of the log and stop; harmless to repeat."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        try:
            while not self._fenced:
                over = self._over.wait(FLUSH_S)
                self._report()
                if over:
                    return
        finally:
            connections.close_all()

    def _report(self) -> None:
        try:
            self._flush()
            self._beat()
        except Fenced:
            self._fenced = True
        except DatabaseError as error:
            # A database that restarts must not end the heartbeat of work that goes on.
            logger.warning("%s could not report: %s", self.attempt, error)
            connections.close_all()

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        if not lines:
            return
        content = "".join(f"{time.strftime('%H:%M:%S')} {line}\n" for line in lines).encode()
        try:
            self._logged = append_log(self.attempt, self._logged, content)
        except LogGap as gap:
            self._logged = gap.size
        except DatabaseError:
            with self._lock:
                self._lines[:0] = lines
            raise

    def _beat(self) -> None:
        step, fraction, text = self._said
        self._wish = beat(self.attempt, step=step, fraction=fraction, text=text)


@contextlib.contextmanager
def host_lock(keeper: Keeper) -> Iterator[None]:
    """Take turns with measurements on this machine: each would spoil the other's time."""
    with settings.ENV.host_lock.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                keeper.note("wait", 0.0, "a measurement runs on this machine")
                time.sleep(0.2)
        yield
