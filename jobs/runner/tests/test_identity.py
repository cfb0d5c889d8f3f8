"""A runner proves its key at each session, over the bytes that it sends."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ondol_runner.client import Client
from ondol_runner.config import Home
from ondol_runner.faults import Trouble
from ondol_runner.identity import Identity
from ondol_runner.masking import Secret
from ondol_runner.protocol import SessionRequest

from fake_portal import RUNNER_TOKEN, FakePortal, refusal

TOKEN = Secret(RUNNER_TOKEN)
REQUEST = SessionRequest("boot", "1", devices=[])


@pytest.fixture
def client(portal: FakePortal) -> Iterator[Client]:
    with contextlib.closing(Client(portal.url)) as client:
        yield client


def verify(identity: Identity, signature: str, body: bytes) -> None:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(identity.public_key))
    key.verify(base64.b64decode(signature), body)


def test_a_session_is_signed_over_its_body_with_the_servers_nonce(
    portal: FakePortal, client: Client
) -> None:
    identity = Identity.make()
    client.session(TOKEN, REQUEST, identity)

    (body,), (signature,) = portal.sessions, portal.signatures
    assert body["nonce"] == "nonce-0"
    sent = json.dumps(body).encode()
    verify(identity, signature, sent)
    with pytest.raises(InvalidSignature):
        verify(identity, signature, sent.replace(b"boot", b"b00t"))
    with pytest.raises(InvalidSignature):
        verify(Identity.make(), signature, sent)


def test_an_older_server_is_asked_for_no_proof_and_an_older_runner_gives_none(
    portal: FakePortal, client: Client
) -> None:
    portal.scripted["/challenge"] = [refusal(404, "no_such_path", "There is nothing here.")]
    client.session(TOKEN, REQUEST, Identity.make())
    client.session(TOKEN, REQUEST)

    assert [body["nonce"] for body in portal.sessions] == ["", ""]
    assert portal.signatures[1] == ""
    assert len(portal.called("/challenge")) == 1


def test_a_key_that_cannot_be_read_is_named(home: Home) -> None:
    home.key_file.write_text("no key", "utf-8")
    with pytest.raises(Trouble, match="enroll"):
        Identity.read(home.key_file)

    home.key_file.unlink()
    assert Identity.read(home.key_file) is None
