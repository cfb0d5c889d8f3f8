"""The log of one attempt: cleaned and bounded on disk, then sent by byte offset."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ondol_runner.client import AttemptKey, Client, Refused
from ondol_runner.masking import Secret, clean
from ondol_runner.retry import Pace, Passing, patiently

CAP_BYTES = 16 * 2**20
CHUNK_BYTES = 256 * 2**10
LINE_BYTES = 64 * 2**10
TRUNCATED = b"[The log reached its limit and ends here; the job goes on.]\n"

logger = logging.getLogger(__name__)


class _Ended(Exception):
    """Raised out of a wait once the sending is to end."""


class LogFile:
    """Lines without secrets and control codes, up to a cap; safe to write from several threads."""

    def __init__(
        self, path: Path, *, secrets: Iterable[Secret] = (), cap_bytes: int = CAP_BYTES
    ) -> None:
        self.path = path
        self._secrets = tuple(secrets)
        self._room = cap_bytes - len(TRUNCATED)
        self._full = False
        self._lock = threading.Lock()
        path.touch()

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def write_line(self, line: str) -> None:
        """Append one line; beyond the cap a last notice is written, and then nothing."""
        encoded = (clean(line, self._secrets) + "\n").encode("utf-8", "replace")
        with self._lock:
            if self._full:
                return
            if len(encoded) > self._room:
                encoded, self._full = TRUNCATED, True
            self._room -= len(encoded)
            # A full disk ends the log, not the job.
            with contextlib.suppress(OSError), self.path.open("ab") as out:
                out.write(encoded)

    def drain(self, stream: IO[bytes]) -> None:
        """Append every line of a child's output until it ends; endless lines are cut."""
        while line := stream.readline(LINE_BYTES):
            text = line.decode("utf-8", "replace").rstrip("\n")
            # A carriage return overwrites the line on a terminal; here each state is a line.
            for part in text.split("\r") if text else [""]:
                if part or not text:
                    self.write_line(part)

    def read(self, offset: int) -> bytes:
        with self.path.open("rb") as source:
            source.seek(offset)
            return source.read(CHUNK_BYTES)


@dataclass
class LogShipper:
    """Sends what the log file gains, from the byte that the server says it holds."""

    client: Client
    key: AttemptKey
    log: LogFile
    pace: Pace
    sent: int = 0
    closed: bool = False

    def ship(self) -> None:
        """Send all there is now; a server that holds less or more bytes sets the offset."""
        while not self.closed and self.sent < self.log.size:
            held = self.client.append_log(self.key, self.sent, self.log.read(self.sent))
            if held == self.sent:
                raise Passing("The server took the log but kept nothing of it.")
            if held > self.log.size:
                logger.warning("The server holds a longer log than was written; sending ends.")
                self.closed = True
            self.sent = held

    def ship_unless_refused(self) -> None:
        """Send all there is now; a log that the server refuses never fails its attempt."""
        try:
            self.ship()
        except Refused as refusal:
            logger.warning("The server takes no more log: %s", refusal)
            self.closed = True

    def keep_shipping(self, ended: threading.Event, *, every_s: float) -> None:
        """Send what is new every so often, until the event is set."""

        def sleep(seconds: float) -> None:
            if ended.wait(seconds):
                raise _Ended

        with contextlib.suppress(_Ended):
            while not self.closed:
                sleep(every_s)
                patiently(self.ship_unless_refused, pace=self.pace, limit_s=None, sleep=sleep)
