"""Files by digest: fetched once, resumed after a cut, verified at every use."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from ondol_runner.client import RANGE_NOT_SATISFIABLE, AttemptKey, Client, Refused
from ondol_runner.disk import FULL
from ondol_runner.faults import Fault
from ondol_runner.orders import Orders
from ondol_runner.protocol import FileRef, Reason, sentence
from ondol_runner.retry import Pace, Passing, jitter, patiently

CHUNK_BYTES = 2**20
PARTIAL = 206
DIGEST = re.compile(r"[0-9a-f]{64}")
LOCK_POLL_S = 0.2
READ_ONLY = 0o444


@dataclass(frozen=True)
class Cache:
    """Files named by their SHA-256, the least recently used removed once they outgrow the cap."""

    folder: Path
    cap_bytes: int
    busy: dict[str, threading.Lock] = field(default_factory=dict)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def part(self, sha256: str) -> Path:
        """Where the bytes gather until they are whole; kept after a cut, for the next try."""
        return self.folder / "partial" / sha256

    def holds(self, file: FileRef) -> bool:
        """Answer whether the file is here and still what its name says; drop it if it is not."""
        path = self.path(file.sha256)
        if not path.is_file():
            return False
        if path.stat().st_size == file.size_bytes and digest(path) == file.sha256:
            os.utime(path)
            return True
        path.unlink()
        return False

    def keep(self, file: FileRef) -> None:
        """Move the gathered bytes to their place, or raise Fault where they are other bytes."""
        part = self.part(file.sha256)
        if digest(part) != file.sha256:
            part.unlink()
            raise Fault(
                Reason.DIGEST_MISMATCH,
                sentence(
                    "file_altered",
                    "{file} did not arrive as it left: its SHA-256 is not the announced one.",
                    file=file.path,
                ),
            )
        path = self.path(file.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        part.chmod(READ_ONLY)
        part.replace(path)

    def trim(self) -> None:
        """Remove what was used longest ago, until the rest fits under the cap."""
        held = [(path, path.stat()) for path in self.folder.rglob("*") if path.is_file()]
        surplus = sum(stat.st_size for _, stat in held) - self.cap_bytes
        for path, stat in sorted(held, key=lambda entry: entry[1].st_mtime_ns):
            if surplus <= 0:
                break
            path.unlink(missing_ok=True)
            surplus -= stat.st_size


@dataclass(frozen=True)
class Downloader:
    """Brings an attempt's files into its workspace, by way of the cache."""

    client: Client
    cache: Cache
    pace: Pace
    patience_s: float

    def bring(
        self,
        file: FileRef,
        target: Path,
        key: AttemptKey,
        orders: Orders,
        progress: Callable[[int], None],
    ) -> None:
        """Put a verified file at `target`; raise Fault, or Ordered while waiting.

        A cut transfer goes on where it stopped; bytes that do not match are fetched once more.
        """
        if not DIGEST.fullmatch(file.sha256):
            raise Fault(
                Reason.DOWNLOAD_FAILED,
                sentence(
                    "file_no_digest", "{file} has no valid SHA-256 to ask for.", file=file.path
                ),
            )
        with _disk_faults(file), self._alone(file.sha256, orders):
            if not self.cache.holds(file):
                fetch = _Fetch(self.client, self.cache.part(file.sha256), file, key, progress)
                try:
                    self._gather(fetch, orders)
                    self.cache.keep(file)
                except Fault as fault:
                    if fault.reason is not Reason.DIGEST_MISMATCH:
                        raise
                    self._gather(fetch, orders)
                    self.cache.keep(file)
            _link(self.cache.path(file.sha256), target)
            self.cache.trim()

    def _gather(self, fetch: _Fetch, orders: Orders) -> None:
        try:
            while not patiently(
                lambda: fetch.go_on(orders),
                pace=self.pace,
                limit_s=self.patience_s,
                sleep=orders.sleep,
            ):
                orders.sleep(jitter(0, self.pace.first_s))
        except Passing as fault:
            said = sentence(
                "file_not_fetched", "{file} could not be fetched.", file=fetch.file.path
            )
            raise Fault(Reason.DOWNLOAD_FAILED, said, fault.sentence) from fault
        except Refused as refusal:
            raise Fault(
                Reason.DOWNLOAD_FAILED,
                sentence(
                    "file_refused",
                    "The server does not hand out {file}: {why}",
                    file=fetch.file.path,
                    why=refusal.message,
                ),
            ) from refusal

    @contextmanager
    def _alone(self, sha256: str, orders: Orders) -> Iterator[None]:
        lock = self.cache.busy.setdefault(sha256, threading.Lock())
        while not lock.acquire(blocking=False):
            orders.sleep(LOCK_POLL_S)
        try:
            yield
        finally:
            lock.release()


@dataclass(frozen=True)
class _Fetch:
    """One file on its way."""

    client: Client
    part: Path
    file: FileRef
    key: AttemptKey
    progress: Callable[[int], None]

    def go_on(self, orders: Orders) -> bool:
        """Fetch from where the part ends; True once whole, False if cut after some progress."""
        self.part.parent.mkdir(parents=True, exist_ok=True)
        before = self._size()
        if before == self.file.size_bytes and before:
            return True
        try:
            with self.client.blob(self.key, self.file.sha256, before) as reply:
                self._append(reply, before, orders)
        except Passing:
            if self._size() <= before:
                raise
        size = self._size()
        if size <= before and size != self.file.size_bytes:
            raise Passing(sentence("server_no_bytes", "The server sent no bytes."))
        return size == self.file.size_bytes

    def _append(self, reply: httpx.Response, before: int, orders: Orders) -> None:
        if reply.status_code == RANGE_NOT_SATISFIABLE:
            self.part.unlink(missing_ok=True)
            raise Passing(
                sentence("server_fewer_bytes", "The server holds fewer bytes than were fetched.")
            )
        resumed = reply.status_code == PARTIAL
        if resumed and not reply.headers.get("Content-Range", "").startswith(f"bytes {before}-"):
            raise Passing(
                sentence(
                    "server_other_range",
                    "The server answered with another range than the one asked for.",
                )
            )
        left = self.file.size_bytes - (before if resumed else 0)
        if reply.headers.get("Content-Length", str(left)) != str(left):
            raise Passing(
                sentence(
                    "server_other_length",
                    "The server announced another length than the file's.",
                )
            )
        with self.part.open("ab" if resumed else "wb") as out:
            told = out.tell()
            # As they come: a chunk size would make httpx drop what it gathered before a cut.
            for chunk in reply.iter_raw():
                orders.check()
                out.write(chunk)
                if out.tell() > self.file.size_bytes:
                    break
                if out.tell() - told >= CHUNK_BYTES:
                    told = out.tell()
                    self.progress(told)
        if self._size() > self.file.size_bytes:
            self.part.unlink()
            raise Fault(
                Reason.DIGEST_MISMATCH,
                sentence(
                    "file_too_long",
                    "{file} is longer than the announced size.",
                    file=self.file.path,
                ),
            )

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    running = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            running.update(chunk)
    return running.hexdigest()


@contextmanager
def _disk_faults(file: FileRef) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = Reason.OUT_OF_DISK if error.errno in FULL else Reason.DOWNLOAD_FAILED
        said = sentence(
            "file_unstored", "{file} cannot be stored: {why}.", file=file.path, why=error.strerror
        )
        raise Fault(reason, said) from error


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        # Memory cards with FAT know no links.
        shutil.copyfile(source, target)
