"""Secrets of programs: how they look, and what is kept of them."""

import hashlib
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTH = 37


def new_secret(prefix: str = "hf_") -> str:
    """Return a fresh secret of about 220 bits.

    People's tokens begin with `hf_` and have 37 characters after it, because Hugging Face clients
    refuse to send any other shape.
    """
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def digest_of(secret: str) -> str:
    """Return what the database keeps: a fast hash is enough for a secret that nobody can guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
