"""Runners by the hundred: rows as enrolling leaves them, and their calls over bare sockets."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from ondol_runner.protocol import ClaimRequest, encode

from jobs.models import Device, Runner
from jobs.types import RunnerState
from portal.accounts.models import User
from portal.accounts.tokens import digest_of
from tests.jobs.scene import connect

SESSION = "session"
BOARD = "board"


@dataclass(frozen=True)
class Answer:
    """What the server said: 0 is a connection that ended without a word."""

    status: int
    content: bytes

    def must_be(self, status: int) -> "Answer":
        assert self.status == status, f"{self.status}: {self.content[:300]!r}"
        return self

    def json(self) -> Any:
        return json.loads(self.content)


def enrolled(owner: User, count: int) -> list[Device]:
    """Make runners with one device each, as enrolling and a session leave them."""
    passport = connect(owner).device.passport
    runners = Runner.objects.bulk_create(
        Runner(
            name=f"r{number}",
            owner=owner,
            state=RunnerState.CONNECTED,
            token_digest=digest_of(secret_of(number)),
            session_id=SESSION,
            last_seen_at=timezone.now(),
        )
        for number in range(count)
    )
    return Device.objects.bulk_create(
        Device(runner=runner, name=BOARD, passport=passport, last_seen_at=timezone.now())
        for runner in runners
    )


def secret_of(number: int) -> str:
    return f"or_{number}"


async def call(
    server: str, method: str, path: str, secret: str, content: bytes = b"", **headers: str
) -> Answer:
    """Send one request over a connection of its own; raise OSError where nobody listens."""
    address = urlsplit(server)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    lines = {
        "Host": address.netloc,
        "Authorization": f"Bearer {secret}",
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    try:
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
        answer = await reader.read()
    finally:
        writer.close()
    first, _, rest = answer.partition(b"\r\n")
    words = first.split()
    return Answer(int(words[1]) if len(words) > 1 else 0, rest.partition(b"\r\n\r\n")[2])


async def claim(server: str, number: int, wait_s: float = 600) -> Answer:
    """Send a claim as runner `number` and return the answer, whenever it comes."""
    body = json.dumps(encode(ClaimRequest(SESSION, [BOARD], wait_s))).encode()
    return await call(server, "POST", "/runner/v1/claim", secret_of(number), body)


async def tell(server: str, grant: dict[str, Any], what: str, **more: Any) -> Answer:
    """Say something about the attempt of a grant, as its holder."""
    body = json.dumps({"epoch": grant["epoch"], **more}).encode()
    path = f"/runner/v1/attempts/{grant['attempt_id']}/{what}"
    return await call(server, "POST", path, grant["token"], body)
