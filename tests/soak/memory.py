"""Files of gigabytes up and down, several at a time, while the server's memory stays flat."""

import hashlib
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from tests.soak.report import Outcome
from tests.soak.served import Served
from tests.soak.uploads import client_of, open_upload

COUNT = 3
"""Gigabytes of the largest file."""

GIGABYTE = 1 << 30
BESIDE = (GIGABYTE // 4, GIGABYTE // 8)
"""Bytes of the files that go beside it."""

PIECE = 1 << 20
WARM = 16 * PIECE
MOST_GROWTH = 64 * PIECE
LOOK_S = 0.1
MODEL = "admin/flat"


def soak(count: int, seed: int) -> Outcome:
    """Send and fetch files in parallel; fail if the process grew by more than `MOST_GROWTH`."""
    with tempfile.TemporaryDirectory(prefix="ondol-soak-") as folder:
        served = Served(Path(folder))
        with served.running() as address:
            trip = Trip(address, served.token, seed)
            trip.register()
            # What is loaded once, at the first upload and download, is no growth.
            trip.carry([WARM, WARM, WARM])
            with Watched(served.pid) as watched:
                trip.carry([count * GIGABYTE, *BESIDE])
    failures = list(trip.failures)
    if watched.growth > MOST_GROWTH:
        failures.append(f"the server grew by {watched.growth} bytes")
    detail = {"before": watched.before, "growth": watched.growth, "bytes": trip.carried}
    return Outcome(count, failures, detail)


def content(name: str, size: int) -> Iterator[bytes]:
    """Yield bytes that are different in every file and piece, without keeping any."""
    body = hashlib.shake_256(name.encode()).digest(PIECE)
    for at in range(size // PIECE):
        yield at.to_bytes(8, "big") + body[8:]


@dataclass
class Trip:
    address: str
    token: str
    seed: int
    carried: int = 0
    failures: list[str] = field(default_factory=list)

    def register(self) -> None:
        owner, _, name = MODEL.partition("/")
        body = {"owner": owner, "name": name, "service_type": "image-classification"}
        with client_of(self.address, self.token) as client:
            client.post("/api/v1/models", json=body).raise_for_status()

    def carry(self, sizes: list[int]) -> None:
        """Take files of these sizes up at the same time, then down at the same time."""
        names = {f"{self.seed}-{at}-{size}.bin": size for at, size in enumerate(sizes)}
        with ThreadPoolExecutor(len(names)) as pool:
            sent = list(pool.map(self._up, names, names.values()))
            self._commit(dict(zip(names, (upload_id for upload_id, _ in sent), strict=True)))
            fetched = list(pool.map(self._down, (digest for _, digest in sent)))
        for name, (_, digest), found in zip(names, sent, fetched, strict=True):
            if digest != found:
                self.failures.append(f"{name}: {digest} went up, {found} came down")
        self.carried += sum(sizes)

    def _up(self, name: str, size: int) -> tuple[str, str]:
        running = hashlib.sha256()

        def pieces() -> Iterator[bytes]:
            for piece in content(name, size):
                running.update(piece)
                yield piece

        headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        with client_of(self.address, self.token) as client:
            where = open_upload(client, size)
            # The last answer waits for fsync and the reader: on a slow disk that is a while.
            answer = client.patch(where, content=pieces(), headers=headers, timeout=600)
            answer.raise_for_status()
        return where.rpartition("/")[2], running.hexdigest()

    def _commit(self, uploads: dict[str, str]) -> None:
        files = [{"path": path, "upload_id": upload_id} for path, upload_id in uploads.items()]
        body = {"message": "m", "files": files}
        with client_of(self.address, self.token) as client:
            client.post(f"/api/v1/models/{MODEL}/commits", json=body).raise_for_status()

    def _down(self, digest: str) -> str:
        running = hashlib.sha256()
        with (
            client_of(self.address, self.token) as client,
            client.stream("GET", f"/api/v1/blobs/{digest}") as answer,
        ):
            answer.raise_for_status()
            for piece in answer.iter_raw(PIECE):
                running.update(piece)
        return running.hexdigest()


class Watched:
    """The resident memory of a process, looked at while a block runs."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.before = self._most = self._process.memory_info().rss

    @property
    def growth(self) -> int:
        return self._most - self.before

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.is_set():
            self._most = max(self._most, self._process.memory_info().rss)
            time.sleep(LOOK_S)
