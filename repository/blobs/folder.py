"""Blobs in a folder, under the first digits of their digest."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")


class FolderStore:
    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, sha256: str, source: Path) -> None:
        """Keep a file's bytes under their digest; the source stays.

        The bytes are on the disk before the name exists, so a crash leaves all of it or nothing.
        """
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{secrets.token_hex(8)}")
        try:
            _link_or_copy(source, scratch)
            scratch.chmod(0o444)
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
        _fsync(target.parent)

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def open(self, sha256: str) -> BinaryIO:
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def signed_url(self, sha256: str, *, filename: str, media_type: str) -> str:
        """Return no address: bytes in a folder are given out by ourselves."""
        del sha256, filename, media_type
        return ""

    def digests(self) -> Iterator[str]:
        """Walk over what lies here."""
        for path in sorted(self.root.glob("??/??/*")):
            if DIGEST.fullmatch(path.name):
                yield path.name


def _link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name; where that cannot be, copy it aside and make sure of the bytes."""
    try:
        target.hardlink_to(source)
    except OSError:
        with source.open("rb") as content, target.open("xb") as copy:
            shutil.copyfileobj(content, copy, CHUNK)
    _fsync(target)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
