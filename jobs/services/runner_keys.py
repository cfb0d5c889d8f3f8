"""Runners prove who they are by the key they made when they enrolled."""

import base64
from typing import Never

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.signing import BadSignature, TimestampSigner
from ondol_runner.protocol import FinishRequest, said

from jobs.models import Attempt, Runner
from portal.accounts.services.audit import record
from portal.core.errors import Forbidden, invalid_field

NONCE_LIVES_S = 60
FIRST_SIGNED = 2
_signer = TimestampSigner(salt="runner-session")


class WrongSignature(Forbidden):
    code = "wrong_signature"


def check_public_key(text: str) -> str:
    """Return a key as it is kept, or refuse it; runners older than keys give none."""
    try:
        if text:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        message = "This is no Ed25519 key: 32 bytes in base64 are expected."
        raise invalid_field("public_key", message) from error
    return text


def new_nonce(runner: Runner) -> str:
    """Return a word for a runner to sign; the server keeps nothing of it."""
    return _signer.sign(runner.pk)


def check_possession(runner: Runner, nonce: str, body: bytes, signature: str) -> None:
    """Refuse a session whose request was not signed, just now, with the runner's own key."""
    if runner.public_key and not _is_signed(runner, nonce, body, signature):
        _refuse(runner)


def check_report(attempt: Attempt, request: FinishRequest, signature: str) -> None:
    """Refuse an end that was not signed with the key of the runner that has the attempt.

    What the runner speaks was said in its session, which is signed: leaving the signature out is
    left to those that enrolled without a key or speak the protocol before signatures.
    """
    runner = attempt.runner
    if runner is None or not runner.public_key or runner.protocol < FIRST_SIGNED:
        return
    if not _verified(runner, said(attempt.pk, request), signature):
        _refuse(runner)


def _verified(runner: Runner, message: bytes, signature: str) -> bool:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(runner.public_key))
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _refuse(runner: Runner) -> Never:
    record(runner.owner, "runner.wrong_signature", runner.name)
    raise WrongSignature(
        "This is not signed with the key that the runner enrolled with. "
        "Enroll it again with a code from the portal."
    )


def _is_signed(runner: Runner, nonce: str, body: bytes, signature: str) -> bool:
    try:
        fresh = _signer.unsign(nonce, max_age=NONCE_LIVES_S) == runner.pk
    except BadSignature:
        return False
    return fresh and _verified(runner, body, signature)
