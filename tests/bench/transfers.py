"""Speed of bytes: uploads beside cat and sha256sum, downloads beside nginx, a thousand ranges.

Web server, nginx and client share this machine. Every download is compared with what went up.
"""

import asyncio
import hashlib
import http.client
import os
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.bench.report import Ratio
from tests.services import free_port
from tests.soak.served import Served
from tests.soak.uploads import client_of, open_upload

SIZE = 256 << 20
PIECE = 1 << 20
RANGES = 1_000
RANGE = 64 << 10
RUNS = 3
MEGABYTE = 1e6
MODEL = "admin/bench"


def bench() -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as folder:
        home = Path(folder)
        source = home / "source.bin"
        chance = random.Random(1)  # noqa: S311
        with source.open("wb") as file:
            for _ in range(SIZE // PIECE):
                file.write(chance.randbytes(PIECE))
        served = Served(home / "ondol")
        with served.running() as address, client_of(address, served.token) as client:
            pairs = [(_upload(client, source), _cat(home, source)) for _ in range(RUNS)]
            digest = _commit(client, pairs[0][0][1])
            upload_s = statistics.median(seconds for (seconds, _), _ in pairs)
            cat_s = statistics.median(seconds for _, seconds in pairs)
            path = f"/api/v1/blobs/{digest}"
            rows = [
                _speed("upload of 256 MB", upload_s, "cat, fsync, sha256sum", cat_s),
                *_downloads(address + path, served.token, source, home),
            ]
            rows.append(_ranges(address + path, served.token, source))
        return rows


def _speed(name: str, seconds: float, peer: str, peer_s: float, goal: str = ">= 0.25") -> Ratio:
    return Ratio(name, SIZE / MEGABYTE / seconds, "MB/s", peer, SIZE / MEGABYTE / peer_s, goal)


def _upload(client: httpx.Client, source: Path) -> tuple[float, str]:
    """Return how long the bytes of one request took until they were safe under their digest."""
    where = open_upload(client, SIZE)
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    begun = time.perf_counter()
    with source.open("rb") as content:
        client.patch(where, content=content, headers=headers).raise_for_status()
    return time.perf_counter() - begun, where


def _commit(client: httpx.Client, where: str) -> str:
    about = {"owner": "admin", "name": "bench", "service_type": "image-classification"}
    client.post("/api/v1/models", json=about).raise_for_status()
    upload_id = where.rpartition("/")[2]
    files = [{"path": "weights.bin", "upload_id": upload_id}]
    body = {"message": "m", "files": files}
    client.post(f"/api/v1/models/{MODEL}/commits", json=body).raise_for_status()
    found: str = client.get(where).json()["sha256"]
    return found


def _cat(home: Path, source: Path) -> float:
    copy = home / "copy.bin"
    begun = time.perf_counter()
    with copy.open("wb") as target:
        subprocess.run(["cat", str(source)], stdout=target, check=True)
        os.fsync(target.fileno())
    subprocess.run(["sha256sum", str(copy)], stdout=subprocess.DEVNULL, check=True)
    taken = time.perf_counter() - begun
    copy.unlink()
    return taken


def _downloads(url: str, token: str, source: Path, home: Path) -> Iterator[Ratio]:
    if shutil.which("nginx") is None:
        return
    with _nginx(home, source.parent) as front:
        pairs = [
            (_download(url, token, source), _download(f"{front}/{source.name}", "", source))
            for _ in range(RUNS)
        ]
    ours, peer = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield _speed("download of 256 MB", ours, "nginx", peer, ">= 0.5")


def _download(url: str, token: str, source: Path) -> float:
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port or 80)
    begun = time.perf_counter()
    link.request("GET", parts.path, headers={"Authorization": f"Bearer {token}"} if token else {})
    answer = link.getresponse()
    buffer = bytearray(PIECE)
    taken = 0
    while size := answer.readinto(buffer):
        taken += size
    seconds = time.perf_counter() - begun
    link.close()
    if taken != source.stat().st_size:
        raise RuntimeError(f"{url}: {taken} bytes came")
    return seconds


@contextmanager
def _nginx(home: Path, root: Path) -> Iterator[str]:
    port = free_port()
    (home / "nginx.conf").write_text(
        f"user root; pid {home}/pid; daemon off; error_log {home}/error.log; events {{}}\n"
        f"http {{ access_log off; sendfile on; client_body_temp_path {home}/body;"
        f" server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
    )
    command = ["nginx", "-p", str(home), "-c", str(home / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("nginx did not start")


def _ranges(url: str, token: str, source: Path) -> Ratio:
    """Ask a thousand connections for a range each at once, then one for each after the other."""
    chance = random.Random(2)  # noqa: S311
    starts = [chance.randrange(SIZE - RANGE) for _ in range(RANGES)]
    expected = []
    with source.open("rb") as content:
        for start in starts:
            content.seek(start)
            expected.append(hashlib.sha256(content.read(RANGE)).digest())

    def timed(at_once: int) -> float:
        begun = time.perf_counter()
        found = asyncio.run(_ask_all(url, token, starts, at_once))
        seconds = time.perf_counter() - begun
        wrong = sum(one != other for one, other in zip(found, expected, strict=True))
        if wrong:
            raise RuntimeError(f"{wrong} of {RANGES} ranges differ")
        return RANGES / seconds

    return Ratio(
        f"{RANGES} ranges of 64 KiB, all at once",
        timed(RANGES),
        "1/s",
        "one after the other",
        timed(1),
        ">= 0.8",
    )


async def _ask_all(url: str, token: str, starts: list[int], at_once: int) -> list[bytes]:
    turn = asyncio.Semaphore(at_once)
    parts = urlsplit(url)

    async def ask(start: int) -> bytes:
        async with turn:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(
                f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
                f"Authorization: Bearer {token}\r\n"
                f"Range: bytes={start}-{start + RANGE - 1}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 206 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(head.decode())
            body = await reader.readexactly(RANGE)
            writer.close()
            return hashlib.sha256(body).digest()

    return await asyncio.gather(*(ask(start) for start in starts))
