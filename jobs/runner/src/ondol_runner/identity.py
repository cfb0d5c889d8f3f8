"""The key pair that a runner makes when it enrolls; its private half never leaves this machine."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ondol_runner.durable import write_private
from ondol_runner.faults import Trouble


class Identity:
    """Signs what only this runner may say."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def make(cls) -> Identity:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, path: Path) -> Identity | None:
        """Return the kept key, or None for a runner that enrolled before there were keys."""
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_bytes())))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Trouble(f"The key {path} cannot be read: enroll this runner again.") from error

    @property
    def public_key(self) -> str:
        return _text(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        return _text(self._key.sign(message))

    def write(self, path: Path) -> None:
        write_private(path, _text(self._key.private_bytes_raw()) + "\n")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
