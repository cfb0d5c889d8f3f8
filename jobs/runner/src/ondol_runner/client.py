"""The server, seen from the runner: one method per call of the protocol."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from ondol_runner import protocol
from ondol_runner.faults import Trouble
from ondol_runner.identity import Identity
from ondol_runner.masking import Secret
from ondol_runner.protocol import sentence
from ondol_runner.retry import Passing

T = TypeVar("T")

CALL_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 10.0
HELD_CALL_MARGIN_S = 15.0
BUSY_STATUSES = frozenset({408, 425, 429})
UNAUTHORIZED = frozenset({401, 403})
SERVER_FAULT = 500
NO_CONTENT = 204
NOT_FOUND = 404
RANGE_NOT_SATISFIABLE = 416


class Refused(Exception):
    """The server said no; asking again would not help."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class AttemptKey:
    """What opens one attempt."""

    attempt_id: str
    epoch: int
    token: Secret


def trusted(ca_file: str) -> ssl.SSLContext:
    """Return what this machine trusts, and a company's own authority beside it."""
    try:
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
    except OSError as error:
        raise Trouble(f"The CA file {ca_file} cannot be read: {error.strerror}.") from error
    return context


class Client:
    """Calls over HTTPS; every fault is either Passing or Refused."""

    def __init__(self, server: str, *, ca_file: str = "") -> None:
        self._http = httpx.Client(
            base_url=server.rstrip("/"),
            verify=trusted(ca_file),
            timeout=httpx.Timeout(CALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        )

    def close(self) -> None:
        self._http.close()

    def enroll(self, request: protocol.EnrollRequest) -> protocol.EnrollReply:
        return _read(protocol.EnrollReply, self._post("enroll", request, None))

    def challenge(self, token: Secret) -> str:
        """Return what the next session's request has to hold; nothing from a server without."""
        try:
            return _read(protocol.Challenge, self._post("challenge", None, token)).nonce
        except Refused as refusal:
            if refusal.status != NOT_FOUND:
                raise
            return ""

    def session(
        self, token: Secret, request: protocol.SessionRequest, identity: Identity | None = None
    ) -> protocol.SessionReply:
        """Open a session; a runner with a key proves that it has it."""
        nonce = self.challenge(token) if identity else ""
        body = json.dumps(protocol.encode(replace(request, nonce=nonce))).encode()
        headers = {"Content-Type": "application/json"}
        if identity is not None:
            headers[protocol.SIGNATURE_HEADER] = identity.sign(body)
        reply = self._send("POST", "/runner/v1/session", token=token, content=body, headers=headers)
        _check(reply)
        return _read(protocol.SessionReply, reply)

    def claim(self, token: Secret, request: protocol.ClaimRequest) -> protocol.Grant | None:
        """Ask for work and be held up to `wait_s`; None where there is none."""
        timeout_s = request.wait_s + HELD_CALL_MARGIN_S
        reply = self._post("claim", request, token, timeout_s=timeout_s)
        return None if reply.status_code == NO_CONTENT else _read(protocol.Grant, reply)

    def knock(self, token: Secret) -> None:
        """Raise Refused where the server does not know this runner; nothing else comes of it.

        A claim without its fields is refused only after the credential was looked at.
        """
        reply = self._send("POST", "/runner/v1/claim", token=token, json={}, headers={})
        try:
            _check(reply)
        except Refused as refusal:
            if refusal.status in UNAUTHORIZED:
                raise
        else:
            raise Passing("Not the server but something before it answered.")

    def accept(self, key: AttemptKey) -> None:
        _acknowledged(self._post_attempt(key, "accept", protocol.AttemptCall(key.epoch)))

    def refuse(self, key: AttemptKey, reason: protocol.Reason, message: str) -> None:
        request = protocol.RefuseRequest(key.epoch, reason, message)
        _acknowledged(self._post_attempt(key, "refuse", request))

    def heartbeat(
        self, key: AttemptKey, request: protocol.HeartbeatRequest
    ) -> protocol.HeartbeatReply:
        return _read(protocol.HeartbeatReply, self._post_attempt(key, "heartbeat", request))

    def append_log(self, key: AttemptKey, offset: int, chunk: bytes) -> int:
        """Offer bytes at an offset; return how many the server now holds, wherever that is."""
        reply = self._send(
            "PATCH",
            f"/runner/v1/{_attempt_path(key)}/log",
            token=key.token,
            content=chunk,
            headers={
                "Content-Range": f"bytes {offset}-{offset + len(chunk) - 1}/*",
                "Content-Type": "application/octet-stream",
            },
        )
        if reply.status_code != RANGE_NOT_SATISFIABLE:
            _check(reply)
        return _read(protocol.LogReply, reply).size

    def offer_file(self, key: AttemptKey, offer: protocol.FileOffer) -> int:
        """Say what a file will be; return how many bytes of it the server holds already."""
        return _read(protocol.FileReply, self._post_attempt(key, "files", offer)).size

    def append_file(self, key: AttemptKey, name: str, offset: int, part: bytes) -> int:
        """Send a part of an offered file; return how many bytes the server now holds."""
        path = f"/runner/v1/{_attempt_path(key)}/files/{quote(name, safe='')}"
        headers = {
            "Content-Range": f"bytes {offset}-{offset + len(part) - 1}/*",
            "Content-Type": "application/octet-stream",
            protocol.DIGEST_HEADER: hashlib.sha256(part).hexdigest(),
        }
        reply = self._send("PATCH", path, token=key.token, content=part, headers=headers)
        if reply.status_code != RANGE_NOT_SATISFIABLE:
            _check(reply)
        return _read(protocol.FileReply, reply).size

    def finish(
        self, key: AttemptKey, request: protocol.FinishRequest, identity: Identity | None = None
    ) -> None:
        """Report how an attempt ended, signed; the key makes it harmless to say so twice."""
        idempotency_key = f"finish-{key.attempt_id}-{key.epoch}"
        headers = {"Idempotency-Key": idempotency_key}
        if identity is not None:
            word = protocol.said(key.attempt_id, request)
            headers[protocol.SIGNATURE_HEADER] = identity.sign(word)
        _acknowledged(self._post_attempt(key, "finish", request, headers))

    @contextmanager
    def blob(self, key: AttemptKey, sha256: str, offset: int) -> Iterator[httpx.Response]:
        """Open the bytes of a blob from an offset on; the answer is 200, 206 or 416."""
        headers = {"Accept-Encoding": "identity"} | _bearer(key.token)
        if offset:
            headers["Range"] = f"bytes={offset}-"
        path = f"/api/v1/blobs/{sha256}"
        with (
            _network_faults(),
            # A store may answer with a signed address elsewhere; httpx drops the token on the way.
            self._http.stream("GET", path, headers=headers, follow_redirects=True) as reply,
        ):
            if reply.status_code != RANGE_NOT_SATISFIABLE:
                if not reply.is_success:
                    reply.read()
                _check(reply)
            yield reply

    def _post_attempt(
        self, key: AttemptKey, verb: str, message: object, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self._post(f"{_attempt_path(key)}/{verb}", message, key.token, headers=headers)

    def _post(
        self,
        path: str,
        message: object,
        token: Secret | None,
        *,
        headers: dict[str, str] | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> httpx.Response:
        reply = self._send(
            "POST",
            f"/runner/v1/{path}",
            token=token,
            json=protocol.encode(message) if message is not None else {},
            headers=headers or {},
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
        )
        _check(reply)
        return reply

    def _send(
        self,
        method: str,
        path: str,
        *,
        token: Secret | None,
        headers: dict[str, str],
        **content: Any,
    ) -> httpx.Response:
        with _network_faults():
            return self._http.request(method, path, headers=headers | _bearer(token), **content)


def _attempt_path(key: AttemptKey) -> str:
    return f"attempts/{quote(key.attempt_id, safe='')}"


def _bearer(token: Secret | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}


@contextmanager
def _network_faults() -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, httpx.DecodingError, httpx.TooManyRedirects) as error:
        detail = str(error) or type(error).__name__
        said = sentence("server_unreachable", "The server cannot be reached: {why}.", why=detail)
        raise Passing(said) from error


def _check(reply: httpx.Response) -> None:
    """Raise Passing or Refused unless the answer is a yes."""
    status = reply.status_code
    if reply.is_success:
        return
    if status >= SERVER_FAULT or status in BUSY_STATUSES:
        raise Passing(
            sentence("server_answered", "The server answered {status}.", status=status),
            retry_after_s=_seconds(reply.headers.get("Retry-After")),
        )
    refusal = _json(reply)
    if not isinstance(refusal, dict) or not isinstance(refusal.get("code"), str):
        said = sentence(
            "proxy_answered",
            "Not the server but something before it answered {status}.",
            status=status,
        )
        raise Passing(said)
    raise Refused(status, refusal["code"], str(refusal.get("message", "")))


def _acknowledged(reply: httpx.Response) -> None:
    """Take an answer without content for a yes, but not the page of a proxy."""
    if reply.status_code != NO_CONTENT and not isinstance(_json(reply), dict):
        raise Passing("Not the server but something before it answered.")


def _read(kind: type[T], reply: httpx.Response) -> T:
    try:
        return protocol.decode(kind, _json(reply))
    except protocol.ProtocolError as error:
        raise Passing(f"The answer cannot be read: {error}") from error


def _json(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After; a date is left out, for the two clocks are never compared."""
    if retry_after is None or not retry_after.strip().isdigit():
        return None
    return float(retry_after)
