"""Only the holder of the key that a runner enrolled with opens sessions and reports ends."""

import base64
import dataclasses
import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.signing import TimestampSigner
from django.utils import timezone
from ondol_runner.protocol import (
    SIGNATURE_HEADER,
    EnrollRequest,
    FinishRequest,
    decode,
    encode,
    said,
)

from jobs.models import Attempt, Device, Evidence, Runner
from jobs.services.benchmarks import finalize
from jobs.services.runner_keys import NONCE_LIVES_S, WrongSignature, check_report, new_nonce
from jobs.services.runners import enroll, invite_runner
from portal.accounts.models import AuditEvent
from tests.cast import people
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import Board, benchmark_job, granted, result, session_of


@dataclasses.dataclass(frozen=True)
class Signer:
    """A runner with a key, at the line."""

    caller: Caller
    runner: Runner
    key: Ed25519PrivateKey

    def open(
        self,
        nonce: str = "",
        *,
        key: Ed25519PrivateKey | None = None,
        altered: bytes = b"",
        boot: str = "boot-1",
    ) -> int:
        nonce = nonce or new_nonce(self.runner)
        body = json.dumps({**encode(session_of("board", boot_id=boot)), "nonce": nonce}).encode()
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
    assert signer.open("nothing") == 403

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


def test_an_end_is_taken_only_with_the_signature_of_the_runner_that_has_the_attempt(
    signer: Signer, server: str
) -> None:
    signer.open()
    attempt, secret = started(signer)
    end = {"epoch": 1, "outcome": "succeeded", "log_size": 0, "result": result([[1.0, 2, 3]] * 2)}
    good = word(attempt.pk, end, signer.key)
    forged = {**end, "result": result([[0.1, 0.2, 0.3]] * 2)}
    with calling(server, secret) as thief:
        for body, signature in (
            (end, ""),
            (forged, good),
            (end, word("another attempt", end, signer.key)),
            (end, word(attempt.pk, end, Ed25519PrivateKey.generate())),
        ):
            answer = thief.post(f"attempts/{attempt.pk}/finish", body, **named(signature))
            assert (answer.status_code, answer.json()["code"]) == (403, "wrong_signature")
        attempt.refresh_from_db()
        assert attempt.report is None
        sent = thief.post(f"attempts/{attempt.pk}/finish", end, **named(good))
    assert sent.status_code == 204
    finalize(attempt.job_id)

    told = Evidence.objects.get().document
    report = {**told["signed"]["report"], "result": told["result"]}
    message = said(told["signed"]["attempt"], decode(FinishRequest, report))
    sealed = base64.b64decode(told["signed"]["signature"])
    assert told["signed"]["key"] == public(signer.key)
    signer.key.public_key().verify(sealed, message)


def test_sentences_by_name_are_not_signed_for_older_sides_do_not_know_them(
    signer: Signer, server: str
) -> None:
    signer.open()
    attempt, secret = started(signer)
    end = {"epoch": 1, "outcome": "failed", "log_size": 0, "message": "It stood still."}
    older = {"files": None, "outcome": "failed", "reason": None, "result": None}
    report = {"epoch": 1, "log_size": 0, "message": "It stood still.", **older}
    signed = json.dumps(
        {"attempt": attempt.pk, "report": report}, sort_keys=True, separators=(",", ":")
    )
    signature = base64.b64encode(signer.key.sign(signed.encode())).decode()
    named_one = {"text": "It stood still.", "code": "no_progress", "values": {"seconds": "60"}}
    body = {**end, "sentences": [named_one]}

    assert said(attempt.pk, decode(FinishRequest, end)) == signed.encode()
    assert said(attempt.pk, decode(FinishRequest, body)) == signed.encode()
    with calling(server, secret) as caller:
        sent = caller.post(f"attempts/{attempt.pk}/finish", body, **named(signature))
    assert sent.status_code == 204
    attempt.job.refresh_from_db()
    assert attempt.job.failure_sentences == [named_one]


def test_a_runner_of_the_protocol_before_signatures_cannot_be_feigned(signer: Signer) -> None:
    signer.open()
    attempt, _ = started(signer)
    assert attempt.runner is not None
    attempt.runner.protocol = 1
    end = decode(FinishRequest, {"epoch": 1, "outcome": "failed", "log_size": 0})
    check_report(attempt, end, "")
    # The session says what is spoken, and the session is signed.
    assert signer.caller.session("board", protocol=1).status_code == 403
    attempt.refresh_from_db()
    with pytest.raises(WrongSignature):
        check_report(Attempt.objects.get(pk=attempt.pk), end, "")


def test_a_key_on_two_machines_is_an_alarm_and_stops_both(signer: Signer) -> None:
    assert [signer.open(boot=boot) for boot in ("one", "one", "two", "two", "three")] == [200] * 5
    nonce = new_nonce(signer.runner)
    assert signer.open(nonce, boot="one") == 409
    assert AuditEvent.objects.filter(action="runner.cloned").count() == 1
    assert [signer.open(nonce, boot=boot) for boot in ("one", "three", "four")] == [401] * 3


def test_a_guessed_boot_that_wavers_is_no_clone(signer: Signer) -> None:
    boots = ("since-1", "since-2", "since-1")
    assert [signer.open(boot=boot) for boot in boots] == [200] * 3


def started(signer: Signer) -> tuple[Attempt, str]:
    device = Device.objects.get(runner=signer.runner)
    board = Board(Runner.objects.get(pk=signer.runner.pk), "", device, "")
    return granted(benchmark_job(signer.runner.owner, board), board, started=True)


def word(attempt_id: str, end: object, key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.sign(said(attempt_id, decode(FinishRequest, end)))).decode()


def named(signature: str) -> dict[str, str]:
    return {SIGNATURE_HEADER: signature}
