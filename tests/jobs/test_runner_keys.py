"""A session is opened only by who holds the key that the runner enrolled with."""

import base64
import dataclasses
import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.signing import TimestampSigner
from django.utils import timezone
from ondol_runner.protocol import SIGNATURE_HEADER, EnrollRequest, encode

from jobs.models import Runner
from jobs.services.runner_keys import NONCE_LIVES_S, new_nonce
from jobs.services.runners import enroll, invite_runner
from portal.accounts.models import AuditEvent
from tests.cast import people
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import session_of


@dataclasses.dataclass(frozen=True)
class Signer:
    """A runner with a key, at the line."""

    caller: Caller
    runner: Runner
    key: Ed25519PrivateKey

    def open(
        self, nonce: str, *, key: Ed25519PrivateKey | None = None, altered: bytes = b""
    ) -> int:
        body = json.dumps({**encode(session_of("board")), "nonce": nonce}).encode()
        signature = base64.b64encode((key or self.key).sign(body)).decode()
        headers = {SIGNATURE_HEADER: signature, "Content-Type": "application/json"}
        sent = body.replace(b"board", altered) if altered else body
        return self.caller.http.post("session", content=sent, headers=headers).status_code


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


@pytest.fixture
def signer(server: str) -> Iterator[Signer]:
    _, code = invite_runner(people().olga, "gate")
    key = Ed25519PrivateKey.generate()
    runner, secret = enroll(EnrollRequest(code, "gate", "1", public_key=public(key)))
    with calling(server, secret) as caller:
        yield Signer(caller, runner, key)


def test_the_holder_of_the_key_opens_a_session(signer: Signer) -> None:
    nonce = signer.caller.post("challenge", {}).json()["nonce"]

    assert signer.open(nonce) == 200


def test_a_token_without_its_key_opens_none_and_is_in_the_audit_log(signer: Signer) -> None:
    nonce = new_nonce(signer.runner)
    answer = signer.caller.session("board", nonce=nonce)

    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_signature")
    assert signer.open(nonce, key=Ed25519PrivateKey.generate()) == 403
    assert signer.open(nonce, altered=b"b0ard") == 403
    assert AuditEvent.objects.filter(action="runner.wrong_signature").count() == 3


def test_a_nonce_is_good_for_one_runner_and_one_minute(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, _ = invite_runner(signer.runner.owner, "other")
    assert signer.open(new_nonce(other)) == 403
    assert signer.open("") == 403

    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now - NONCE_LIVES_S - 5)
    old = TimestampSigner(salt="runner-session").sign(signer.runner.pk)
    monkeypatch.undo()
    assert signer.open(old) == 403


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"x" * 31).decode(), "x" * 44])
def test_a_key_that_is_none_is_refused(stranger: Caller, key: str) -> None:
    _, code = invite_runner(people().olga, "gate")
    body = {"code": code, "name": "gate", "runner_version": "1", "public_key": key}
    answer = stranger.post("enroll", body)

    assert answer.status_code == 422
    assert "public_key" in answer.json()["details"]
