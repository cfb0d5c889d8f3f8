"""Releases: a publisher's key says which bytes a version is made of, and no server can say it.

The private half stays with the publisher. Whoever holds the server, its database and its bytes can
withhold a release or offer an older one, but can make none that a pinned key has signed.
"""

import base64
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ondol.errors import OndolError

FORMAT = "ondol-release-1"


class NotSigned(OndolError):
    """No key that is trusted has signed these bytes as this version."""


@dataclass(frozen=True)
class Pins:
    """Whose signature is asked for, and the model's name where it was signed, if another."""

    keys: Collection[str] = ()
    signed_as: str = ""


NO_PINS = Pins()


@dataclass(frozen=True)
class Release:
    """Which bytes, by path and SHA-256, a version or one of its device files is made of."""

    model: str
    version: str
    files: Mapping[str, str]

    def text(self) -> str:
        told = {
            "format": FORMAT,
            "model": self.model,
            "version": self.version,
            "files": dict(self.files),
        }
        return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Signed:
    """The very text of a release, with the key that signed it."""

    key: str
    statement: str
    signature: str


def make_key(path: Path) -> str:
    """Write a new private key, readable by its owner alone; return its public half.

    Raises OndolError where a file is already: a key is never written over.
    """
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise OndolError(
            f"{path} exists already: choose another name.", code="key_exists"
        ) from error
    with os.fdopen(made, "wb") as file:
        file.write(content)
    return public_half(key)


def read_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise OndolError(f"{path} holds no key of `ondol keygen`.", code="bad_key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise OndolError(f"{path} holds another kind of key than Ed25519.", code="bad_key")
    return key


def public_half(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(key: Ed25519PrivateKey, release: Release) -> Signed:
    statement = release.text()
    signature = base64.b64encode(key.sign(statement.encode())).decode()
    return Signed(public_half(key), statement, signature)


def read_signed(signed: Signed) -> Release:
    """Return what was signed, or raise NotSigned where the key did not sign this text."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key, validate=True))
        key.verify(base64.b64decode(signed.signature, validate=True), signed.statement.encode())
        told = json.loads(signed.statement)
        version, model, files = told["version"], told["model"], told["files"]
    except (InvalidSignature, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotSigned("This is no release that the key has signed.", code="not_signed") from error
    texts = isinstance(files, dict) and all(isinstance(part, str) for part in files.values())
    if told["format"] != FORMAT or not texts or not files:
        raise NotSigned("The signed text is no release.", code="not_signed")
    return Release(str(model), str(version), files)


def check(
    release: Release, given: Iterable[Signed], trusted: Collection[str], *, part: bool = False
) -> None:
    """Raise NotSigned unless a trusted key signed exactly this: model, version, paths and bytes.

    A device file may be `part` of what was signed.
    """
    for signed in given:
        if signed.key in trusted and _says(signed, release, part=part):
            return
    raise NotSigned(
        f"{release.model} {release.version[:7]}: these files are signed by none of the keys that"
        " are trusted here. Nothing was brought. Ask its publisher to `ondol sign` them.",
        code="not_signed",
    )


def _says(signed: Signed, release: Release, *, part: bool) -> bool:
    try:
        said = read_signed(signed)
    except NotSigned:
        return False
    named = (said.model, said.version) == (release.model, release.version)
    within = bool(release.files) and release.files.items() <= said.files.items()
    return named and within and (part or len(release.files) == len(said.files))
