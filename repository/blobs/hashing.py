"""Digests of bytes while they arrive, so that a finished upload is not read a second time."""

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

MOST_RUNNING = 1_000


def digest_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class RunningDigests:
    """The digests of uploads that this process has seen from their first byte on.

    An upload that went on in another process, or before a restart, is not here: its file is read
    once more. Nothing but time depends on this memory.
    """

    def __init__(self) -> None:
        self._running: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def feed(self, upload_id: str, offset: int, part: bytes) -> None:
        """Take the bytes that were written at an offset."""
        with self._lock:
            start, digest = self._running.pop(upload_id, (0, hashlib.sha256()))
        if start != offset:
            return
        digest.update(part)
        with self._lock:
            self._running[upload_id] = (offset + len(part), digest)
            if len(self._running) > MOST_RUNNING:
                self._running.popitem(last=False)

    def take(self, upload_id: str, path: Path) -> str:
        """Return the digest of a finished upload, and forget it."""
        with self._lock:
            size, digest = self._running.pop(upload_id, (-1, None))
        if digest is not None and size == path.stat().st_size:
            return str(digest.hexdigest())
        return digest_of(path)

    def forget(self, upload_id: str) -> None:
        with self._lock:
            self._running.pop(upload_id, None)


running_digests = RunningDigests()
