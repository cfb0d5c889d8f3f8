"""Resumable downloads: parallel ranges beside the target, which appears once it is verified."""

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from ondol.errors import OndolError, WrongBytes
from ondol.server import Server

PART = 8 * 2**20
AT_ONCE = 4
Report = Callable[[int, int], None]


def place_of(folder: Path, path: str) -> Path:
    """Return where a file of the server belongs under a folder; refuse one that would leave it."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise OndolError(f"The server sent the path {path!r}: it is not written.", code="bad_path")
    return folder.joinpath(*parts)


def fetch(
    server: Server,
    target: Path,
    *,
    sha256: str,
    size: int,
    report: Report = lambda _done, _all: None,
) -> None:
    """Bring one blob to `target`. What an earlier process fetched is not fetched again.

    Raises WrongBytes, and keeps nothing, if the bytes are not those of the digest.
    """
    if target.exists() and digest_of(target) == sha256:
        report(size, size)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{sha256[:12]}.part")
    journal = aside.with_suffix(".done")
    _fill(server, aside, journal, sha256, size, report)
    journal.unlink(missing_ok=True)
    if digest_of(aside) != sha256:
        aside.unlink()
        raise WrongBytes(f"{target.name}: the bytes that came are not {sha256}.", code="bad_digest")
    aside.replace(target)


def digest_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as content:
        while part := content.read(PART):
            found.update(part)
    return found.hexdigest()


def digest_under(folder: Path, path: str) -> str:
    """Return the digest of a file of ours, or raise OndolError where it is none."""
    try:
        return digest_of(place_of(folder, path))
    except OSError as error:
        raise OndolError(f"{path} is not in {folder}.", code="no_file") from error


@dataclass
class _Filling:
    """A file that threads fill, with the journal of what is safe on the disk."""

    server: Server
    sha256: str
    size: int
    out: IO[bytes]
    notes: IO[str]
    report: Report
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def bring(self, start: int) -> None:
        end = min(start + PART, self.size)
        content = self.server.read_range(f"/blobs/{self.sha256}", start, end - 1)
        if len(content) != end - start:
            raise OndolError("The connection was cut. Start again: it goes on there.", code="cut")
        with self.lock:
            self.out.seek(start)
            self.out.write(content)
            # The bytes are on the disk before the note that says so.
            self.out.flush()
            os.fsync(self.out.fileno())
            self.notes.write(f"{start}\n")
            self.notes.flush()
            self.done += len(content)
            self.report(self.done, self.size)


def _fill(
    server: Server, aside: Path, journal: Path, sha256: str, size: int, report: Report
) -> None:
    known = _read_journal(journal) if aside.exists() else set()
    starts = range(0, size, PART)
    mode = "r+b" if aside.exists() else "w+b"
    with aside.open(mode) as out, journal.open("a" if known else "w") as notes:
        out.truncate(size)
        filling = _Filling(server, sha256, size, out, notes, report)
        filling.done = sum(min(PART, size - start) for start in starts if start in known)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tasks = [pool.submit(filling.bring, start) for start in starts if start not in known]
            try:
                for task in as_completed(tasks):
                    task.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _read_journal(journal: Path) -> set[int]:
    try:
        lines = journal.read_text().splitlines()
    except OSError:
        return set()
    return {int(line) for line in lines if line.isdigit()}
