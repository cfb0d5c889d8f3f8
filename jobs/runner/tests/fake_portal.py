"""A small portal over real HTTP that speaks the runner protocol and can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ondol_runner import protocol
from ondol_runner.protocol import Cancel, FileRef, Grant, LogReply

WAIT_S = 40.0
CODE = "green-one-time-code"
RUNNER_TOKEN = "runner-token-canary-7f3a"
ATTEMPT = re.compile(r"/runner/v1/attempts/([^/]+)/(\w+)(?:/([^/]+))?")
RANGE = re.compile(r"bytes=(\d+)-")
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/\*")


@dataclass
class Answer:
    """What a call is answered: JSON, or raw bytes where `raw` is given; `cut` ends it early."""

    status: int = 204
    body: object = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Seen:
    """What an attempt did."""

    accepts: int = 0
    refused: dict[str, Any] | None = None
    beats: list[dict[str, Any]] = field(default_factory=list)
    log: bytearray = field(default_factory=bytearray)
    finishes: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytearray] = field(default_factory=lambda: defaultdict(bytearray))


class FakePortal:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.grants: list[Grant] = []
        self.offers = 0
        self.reoffer = False
        self.attempts: dict[str, Seen] = defaultdict(Seen)
        self.blobs: dict[str, bytes] = {}
        self.cuts: dict[str, list[int]] = {}
        self.cancel = Cancel.NONE
        self.fenced = False
        self.kept_log: list[int] = []
        self.hooks: dict[str, Callable[[], None]] = {}
        self.scripted: dict[str, list[Answer]] = defaultdict(list)
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.sessions: list[dict[str, Any]] = []
        self.signatures: list[str] = []
        self.enrolled: dict[str, Any] = {}
        self.session = protocol.SessionReply(
            session_id="session-1",
            keep=[],
            kill=[],
            claim_wait_s=0.3,
            heartbeat_s=0.1,
            offline_grace_s=5.0,
        )
        self.url = ""

    def add_blob(self, content: bytes, path: str) -> FileRef:
        sha256 = hashlib.sha256(content).hexdigest()
        self.blobs[sha256] = content
        return FileRef(path, sha256, len(content))

    def offer(self, grant: Grant) -> Seen:
        with self.changed:
            self.grants.append(grant)
            self.changed.notify_all()
        return self.attempts[grant.attempt_id]

    def wait_for(self, predicate: Callable[[], object]) -> None:
        """Wait until something is so; it never takes that long unless it never will be."""
        deadline = time.monotonic() + WAIT_S
        while not predicate():
            assert time.monotonic() < deadline, "What was waited for did not happen."
            with self.changed:
                self.changed.wait(0.05)

    def called(self, ending: str) -> list[dict[str, str]]:
        return [headers for _, path, headers in self.calls if path.endswith(ending)]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        for ending in [ending for ending in self.hooks if path.endswith(ending)]:
            self.hooks.pop(ending)()
        with self.changed:
            self.calls.append((method, path, headers))
            self.changed.notify_all()
            for ending, answers in self.scripted.items():
                if path.endswith(ending) and answers:
                    return answers.pop(0)
        if path == "/readyz":
            return Answer(200, {"status": "ready"})
        if path.startswith("/api/v1/blobs/"):
            return self._blob(path.rpartition("/")[2], headers)
        if attempt := ATTEMPT.fullmatch(path):
            return self._attempt(attempt[1], attempt[2], attempt[3], headers, body)
        return self._runner(path.rpartition("/")[2], headers, json.loads(body))

    def _runner(self, call: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if call == "enroll":
            return self._enroll(body)
        if headers.get("authorization") != f"Bearer {RUNNER_TOKEN}":
            return refusal(401, "wrong_token", "This runner is not known.")
        if call == "challenge":
            return Answer(200, {"nonce": f"nonce-{len(self.sessions)}"})
        if call == "session":
            self.signatures.append(headers.get("ondol-signature", ""))
            self.sessions.append(body)
            return Answer(200, protocol.encode(self.session))
        if "wait_s" not in body:
            return refusal(422, "wrong_message", "ClaimRequest: wait_s is missing.")
        return self._claim(body)

    def _enroll(self, body: dict[str, Any]) -> Answer:
        if body["code"] != CODE:
            return refusal(403, "wrong_code", "This code is not known, used or expired.")
        self.enrolled = body
        return Answer(200, {"runner_id": "runner-1", "token": RUNNER_TOKEN, "later": 1})

    def _claim(self, body: dict[str, Any]) -> Answer:
        with self.changed:
            self.changed.wait_for(lambda: self.grants, timeout=body["wait_s"])
            if not self.grants:
                return Answer(204)
            self.offers += 1
            return Answer(200, protocol.encode(self.grants[0]))

    def _attempt(
        self, name: str, call: str, file: str | None, headers: dict[str, str], body: bytes
    ) -> Answer:
        if headers.get("authorization") != f"Bearer {token_of(name)}":
            return refusal(401, "wrong_token", "This token does not open the attempt.")
        if self.fenced:
            return refusal(409, "fenced", "The job was given to somebody else.")
        seen = self.attempts[name]
        with self.changed:
            if call == "log":
                return self._log(seen, headers, body)
            if file:
                return self._part(seen.files[file], headers, body)
            answer = self._told(name, call, json.loads(body), headers)
            self.changed.notify_all()
        return answer

    def _told(
        self, name: str, call: str, message: dict[str, Any], headers: dict[str, str]
    ) -> Answer:
        seen = self.attempts[name]
        if call == "heartbeat":
            seen.beats.append(message)
            next_s = self.session.heartbeat_s
            return Answer(200, {"lease_s": 5.0, "next_s": next_s, "cancel": self.cancel})
        if call == "files":
            seen.offers[message["name"]] = message
            return Answer(200, {"size": len(seen.files[message["name"]])})
        if call == "accept":
            seen.accepts += 1
            self._withdraw(name)
        elif call == "refuse":
            seen.refused = message
            self._withdraw(name)
        else:
            seen.finishes.append(message)
            seen.keys.append(headers.get("idempotency-key", ""))
        return Answer(204)

    def _withdraw(self, name: str) -> None:
        """Offer a grant no more once it is answered, unless the test wants it offered for ever."""
        if not self.reoffer:
            self.grants = [grant for grant in self.grants if grant.attempt_id != name]

    def _log(self, seen: Seen, headers: dict[str, str], body: bytes) -> Answer:
        span = CONTENT_RANGE.fullmatch(headers["content-range"])
        assert span is not None
        start, last = int(span[1]), int(span[2])
        assert last - start + 1 == len(body)
        if self.kept_log:
            # As after a crash that lost what was written last.
            del seen.log[self.kept_log.pop(0) :]
        if start != len(seen.log):
            return Answer(416, protocol.encode(LogReply(len(seen.log))))
        seen.log += body
        return Answer(200, protocol.encode(LogReply(len(seen.log))))

    def _part(self, held: bytearray, headers: dict[str, str], body: bytes) -> Answer:
        span = CONTENT_RANGE.fullmatch(headers["content-range"])
        assert span is not None
        assert headers["ondol-digest"] == hashlib.sha256(body).hexdigest()
        if int(span[1]) != len(held):
            return Answer(416, {"size": len(held)})
        held += body
        return Answer(200, {"size": len(held)})

    def _blob(self, sha256: str, headers: dict[str, str]) -> Answer:
        content = self.blobs[sha256]
        asked = RANGE.fullmatch(headers.get("range", ""))
        start = int(asked[1]) if asked else 0
        if start and start >= len(content):
            return Answer(416, raw=b"")
        cuts = self.cuts.get(sha256, [])
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        return Answer(
            206 if start else 200,
            raw=content[start:],
            headers=span if start else {},
            cut=cuts.pop(0) if cuts else None,
        )


def token_of(attempt_id: str) -> str:
    return f"attempt-token-canary-{attempt_id}"


def refusal(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"code": code, "message": message, "details": {}})


def tell(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    raw = raw_of(answer)
    handler.send_response_only(answer.status)
    for name, value in ({"Date": handler.date_time_string()} | answer.headers).items():
        handler.send_header(name, value)
    if answer.status != 204:
        handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw if answer.cut is None else raw[: answer.cut])
    if answer.cut is not None:
        handler.close_connection = True


def raw_of(answer: Answer) -> bytes:
    if answer.raw is not None:
        return answer.raw
    return b"" if answer.body is None else json.dumps(answer.body).encode()


@contextmanager
def serving(portal: FakePortal, tls: ssl.SSLContext | None = None) -> Iterator[FakePortal]:
    """Serve a portal on a free port of this host, by https where `tls` is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            tell(self, portal.answer(self.command, self.path, headers, body))

        do_GET = do_POST = do_PATCH = serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep the test's output to itself."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing of runners that were killed in the middle of a call."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    portal.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    with running(server):
        yield portal


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve in a thread for as long as the context lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
