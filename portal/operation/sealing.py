"""Backups that only the holder of a key opens: files in the form of age (age-encryption.org/v1).

Who backs up knows the public half of the key alone, so a stolen server opens none of its backups.
"""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from pyrage import (
    DecryptError,
    IdentityError,
    RecipientError,
    decrypt_io,
    encrypt_io,
    x25519,
)

CHUNK = 1 << 20
SUFFIX = ".age"


class BadKey(Exception):
    """A sentence that names what is wrong with a key and the cure."""


class CannotOpen(Exception):
    """A sentence that says why a sealed file gives nothing."""


def make_key(path: Path) -> str:
    """Write a new secret key that its owner alone reads; return its public half."""
    identity = x25519.Identity.generate()
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"# public key: {identity.to_public()}\n{identity}\n", "utf-8")
    return str(identity.to_public())


def check_recipients(recipients: Sequence[str]) -> None:
    """Raise `BadKey` unless each is the public half of a key."""
    for recipient in recipients:
        try:
            x25519.Recipient.from_str(recipient)
        except RecipientError as error:
            raise BadKey(
                f"'{recipient}' is no public key. Give the one that `manage.py backup_key` "
                "printed; it begins with age1."
            ) from error


def read_key(path: Path) -> x25519.Identity:
    """Return the secret key in a file as age and `manage.py backup_key` write it."""
    try:
        lines = path.read_text("utf-8").splitlines()
        return x25519.Identity.from_str(next(line for line in lines if line and line[0] != "#"))
    except (OSError, UnicodeError, StopIteration, IdentityError) as error:
        raise BadKey(
            f"{path} holds no secret key. Name the file that `manage.py backup_key` wrote."
        ) from error


def write_copy(source: BinaryIO, target: Path, recipients: Sequence[str]) -> str:
    """Copy bytes into a new file, sealed if there is anybody to seal for; return their SHA-256."""
    reader = _Hashing(source)
    with target.open("xb") as copy:
        if recipients:
            encrypt_io(reader, copy, [x25519.Recipient.from_str(key) for key in recipients])
        else:
            shutil.copyfileobj(reader, copy, CHUNK)
    return reader.digest.hexdigest()


def open_copy(source: Path, target: Path, key: x25519.Identity) -> None:
    """Unseal a file into another; raise `CannotOpen` for another key's or a damaged one."""
    try:
        with source.open("rb") as sealed, target.open("wb") as plain:
            decrypt_io(sealed, plain, [key])
    except (DecryptError, OSError) as error:
        raise CannotOpen(f"{source} cannot be opened with this key: {error}.") from error


class _Hashing:
    """A reader that counts what went through it into a digest."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self.source.read(size)
        self.digest.update(part)
        return part
