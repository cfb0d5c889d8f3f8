"""Who sends slowly, by a real socket: cut off, and an upload keeps what arrived."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from tests.cast import Cast

Settle = Callable[..., None]
HEAD = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n{more}\r\n"
DRIP_S = 0.05
# Enough for a server that never cuts off to be told from one that does.
DRIPS = 100


@pytest.fixture
def wire(server: str, settle: Settle) -> Iterator[socket.socket]:
    settle(head_s=0.3, body_pause_s=0.3, body_whole_s=0.6)
    with _connected(server) as opened:
        yield opened


@contextmanager
def _connected(server: str) -> Iterator[socket.socket]:
    place = urlsplit(server)
    with socket.create_connection((place.hostname, place.port), timeout=10) as opened:
        yield opened


def drip(wire: socket.socket, piece: bytes = b"a") -> int:
    """Send a byte at a time until the other side is gone, and return how many it took."""
    for sent in range(DRIPS):
        try:
            wire.send(piece)
        except OSError:
            return sent
        time.sleep(DRIP_S)
    return DRIPS


def heard(wire: socket.socket) -> bytes:
    told = b""
    while piece := wire.recv(65536):
        told += piece
    return told


def test_a_connection_that_says_nothing_is_ended(wire: socket.socket) -> None:
    assert heard(wire) == b""


def test_a_head_that_drips_in_is_ended(wire: socket.socket) -> None:
    wire.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    assert drip(wire) < DRIPS


def test_a_head_that_never_ends_is_ended(wire: socket.socket, settle: Settle) -> None:
    settle(head_s=60)
    wire.send(b"GET /healthz HTTP/1.1\r\nX-Long: ")
    assert drip(wire, b"a" * 65536) < DRIPS


def test_a_connection_between_two_requests_is_ended(wire: socket.socket) -> None:
    wire.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert heard(wire).startswith(b"HTTP/1.1 200")


def test_a_body_that_stops_is_refused(wire: socket.socket) -> None:
    wire.send(HEAD.format(method="POST", path="/api/v1/session", more="").encode() + b"{")
    told = heard(wire)
    assert told.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in told


def test_a_body_that_drips_in_is_refused(wire: socket.socket) -> None:
    wire.send(HEAD.format(method="POST", path="/api/v1/session", more="").encode())
    assert drip(wire) < DRIPS


def test_the_rest_of_a_body_after_its_answer_is_not_heard_for_ever(wire: socket.socket) -> None:
    wire.send(HEAD.format(method="POST", path="/api/v1/uploads", more="").encode())
    assert drip(wire) < DRIPS


def test_an_upload_drips_on_and_keeps_what_came_before_it_stopped(
    server: str, cast: Cast, settle: Settle
) -> None:
    settle(head_s=0.3, body_pause_s=0.3, body_whole_s=0.1)
    _, secret = create_token(cast.olga, name="test", scope=Scope.WRITE)
    key = {"Authorization": f"Bearer {secret}"}
    start = {**key, "Upload-Length": "100", "Upload-Metadata": "filename YS50eHQ="}
    path = httpx.post(f"{server}/api/v1/uploads", headers=start).headers["Location"]
    more = f"Authorization: Bearer {secret}\r\nUpload-Offset: 0\r\n"
    more += "Content-Type: application/offset+octet-stream\r\n"
    with _connected(server) as wire:
        wire.send(HEAD.format(method="PATCH", path=path, more=more).encode())
        for _ in range(10):
            wire.send(b"a")
            time.sleep(DRIP_S)
        told = heard(wire).lower()
    assert told.startswith(b"http/1.1 204")
    assert b"upload-offset: 10\r\n" in told
    assert b"connection: close" in told
    assert httpx.head(f"{server}{path}", headers=key).headers["Upload-Offset"] == "10"
