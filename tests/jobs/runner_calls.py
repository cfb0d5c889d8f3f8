"""The calls of a runner over HTTP, as its program makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from ondol_runner.protocol import encode

from tests.jobs.scene import session_of


class Caller:
    """A runner's, or an attempt's, side of the line."""

    def __init__(self, server: str, secret: str = "") -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.http = httpx.Client(base_url=f"{server}/runner/v1/", headers=headers, timeout=30)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.http.post(path, json=body, headers=headers)

    def enroll(self, code: str) -> httpx.Response:
        body = {"code": code, "name": "board", "runner_version": "0.1.0"}
        return self.post("enroll", body)

    def session(self, *devices: str, **changes: Any) -> httpx.Response:
        return self.post("session", {**encode(session_of(*devices)), **changes})

    def claim(self, session_id: str, *free: str, wait_s: float = 0) -> httpx.Response:
        body = {"session_id": session_id, "free": list(free), "wait_s": wait_s}
        return self.post("claim", body)

    def send_log(self, attempt_id: str, start: int, content: bytes) -> httpx.Response:
        span = f"bytes {start}-{start + len(content) - 1}/*"
        return self.http.patch(
            f"attempts/{attempt_id}/log",
            content=content,
            headers={"Content-Range": span, "Content-Type": "application/octet-stream"},
        )


@contextmanager
def calling(server: str, secret: str = "") -> Iterator[Caller]:
    caller = Caller(server, secret)
    with caller.http:
        yield caller
