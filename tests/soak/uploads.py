"""Uploads cut at random bytes, and servers killed between any two steps of finishing one."""

import hashlib
import random
import socket
import struct
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.soak.report import Outcome
from tests.soak.served import Served

COUNT = 1_000
CUTS_OF_ONE = 20
SIZE = 4 << 20
CHUNK = 1 << 20
PATIENCE_S = 20.0
STEPS = (
    "keep",
    "running_digests.take",
    "adopt_file",
    "store.put",
    "store.exists",
    "inspect_blob",
)


def soak(count: int, seed: int) -> Outcome:
    """Cut `count` requests, then kill the server before and after each step of finishing."""
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ondol-soak-") as folder:
        served = Served(Path(folder))
        with served.running() as address:
            cutter = Cutter(address, served.token, seed)
            cut = cutter.run(max(1, count // CUTS_OF_ONE), CUTS_OF_ONE, SIZE)
        failures += cut.failures
        points = [f"{when}:{step}" for step in STEPS for when in ("before", "after")]
        for point in points:
            failures += _killed_at(served, point, random.Random(f"{seed} {point}"))
    detail = {**cut.detail, "kill_points": len(points)}
    return Outcome(cut.count + len(points), failures, detail)


@dataclass
class Cutter:
    """A client that loses its connection at a random byte of nearly every request."""

    address: str
    token: str
    seed: int
    sent: int = 0
    cuts: int = 0
    failures: list[str] = field(default_factory=list)

    def run(self, uploads: int, cuts: int, size: int) -> Outcome:
        needed = 0
        for index in range(uploads):
            rng = random.Random(f"{self.seed} {index}")
            content = rng.randbytes(rng.randint(size // 2, size))
            needed += len(content)
            self._upload(f"upload {index} of seed {self.seed}", content, cuts, rng)
        again = self.sent - needed
        if again > self.cuts * CHUNK:
            self.failures.append(f"{again} bytes were sent again in {self.cuts} cuts")
        detail = {"uploads": uploads, "bytes": needed, "bytes_sent_again": again}
        return Outcome(self.cuts, self.failures, detail)

    def _upload(self, name: str, content: bytes, cuts: int, rng: random.Random) -> None:
        with client_of(self.address, self.token) as client:
            where = open_upload(client, len(content))
            for _ in range(cuts):
                offset = self._offset(client, where)
                body = content[offset : offset + max(1, len(content) // cuts)]
                if offset < len(content):
                    self._cut(where, offset, body, rng)
            found = finish(client, where, content, self._note_sent)
        if found["sha256"] != hashlib.sha256(content).hexdigest():
            self.failures.append(f"{name}: the bytes differ, state {found['state']}")

    def _note_sent(self, size: int) -> None:
        self.sent += size

    def _offset(self, client: httpx.Client, where: str) -> int:
        """Return where the upload stands once the server noticed the cut."""
        before = -1
        while True:
            now = int(client.head(where).headers["Upload-Offset"])
            if now == before:
                return now
            before = now
            time.sleep(0.01)

    def _cut(self, where: str, offset: int, body: bytes, rng: random.Random) -> None:
        """Send a part of a request and go away, half of the times without saying so."""
        host = urlsplit(self.address)
        head = (
            f"PATCH {where} HTTP/1.1\r\nHost: {host.netloc}\r\nUpload-Offset: {offset}\r\n"
            f"Authorization: Bearer {self.token}\r\n"
            "Content-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        length = rng.randint(0, len(body) - 1)
        with socket.create_connection((host.hostname or "", host.port or 80)) as wire:
            wire.sendall(head + body[:length])
            if rng.random() < 0.5:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sent += length
        self.cuts += 1


def client_of(address: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address, headers=headers, timeout=60)


def open_upload(client: httpx.Client, size: int) -> str:
    name = "Zi5iaW4="  # f.bin
    headers = {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
    opened = client.post("/api/v1/uploads", headers=headers)
    opened.raise_for_status()
    return str(opened.headers["Location"])


def finish(client: httpx.Client, where: str, content: bytes, sent=lambda _: None) -> dict:
    """Send what is missing, patiently, and return what the server says of the upload."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        offset = int(client.head(where).headers["Upload-Offset"])
        if offset < len(content):
            body = content[offset : offset + CHUNK]
            headers = {
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            }
            answer = client.patch(where, content=body, headers=headers)
            if answer.status_code == httpx.codes.NO_CONTENT:
                sent(len(body))
            continue
        found = client.get(where).json()
        if found["state"] not in {"open", "received"}:
            return found
        time.sleep(0.05)
    return {"sha256": "", "state": "never finished"}


def _killed_at(served: Served, point: str, rng: random.Random) -> list[str]:
    content = rng.randbytes(300_000)
    digest = hashlib.sha256(content).hexdigest()
    failures = []
    with served.running(die_at=point) as address, client_of(address, served.token) as client:
        where = open_upload(client, len(content))
        try:
            finish(client, where, content)
        except httpx.TransportError:
            served.wait_dead()
        else:
            failures.append(f"{point}: the server was not killed")
    with served.running() as address, client_of(address, served.token) as client:
        found = finish(client, where, content)
        if found["sha256"] != digest:
            failures.append(f"{point}: {found['state']}, digest {found['sha256'] or 'none'}")
    part = served.home / "uploads" / where.rpartition("/")[2]
    kept = served.home / "blobs" / digest[:2] / digest[2:4] / digest
    if part.exists():
        failures.append(f"{point}: the arrived part is still there")
    if not kept.exists() or kept.read_bytes() != content:
        failures.append(f"{point}: the blob is not what was sent")
    if kept.stat().st_nlink != 1:
        failures.append(f"{point}: the blob has a second name")
    return failures
