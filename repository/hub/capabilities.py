"""Addresses and tokens that we sign: they open one thing, for a while, to whoever holds them."""

from typing import Any

from django.core.signing import BadSignature, TimestampSigner

from portal.core.http.edge import Unauthorized


def sign(purpose: str, what: dict[str, Any]) -> str:
    """Return a word for a path or a header that only we can make."""
    return _signer(purpose).sign_object(what, compress=True)


def unsign(purpose: str, word: str, *, max_age_s: float) -> dict[str, Any]:
    """Return what a word stands for, or raise Unauthorized for one not ours or too old."""
    try:
        found: dict[str, Any] = _signer(purpose).unsign_object(word, max_age=max_age_s)
    except BadSignature as error:
        message = "This address is not valid any more. Begin the upload again."
        raise Unauthorized(message, code="wrong_capability", status=403) from error
    return found


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"hub.{purpose}", sep=".")
