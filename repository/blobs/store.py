"""Where bytes lie: content-addressed, written once, never changed."""

import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

CHUNK = 1 << 20


class BlobStore(Protocol):
    """Bytes by their SHA-256. Putting what is there already is harmless."""

    def adopt(self, source: Path) -> tuple[str, int]: ...
    def exists(self, sha256: str) -> bool: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def path(self, sha256: str) -> Path: ...
    def delete(self, sha256: str) -> None: ...


class FolderStore:
    """Blobs in a folder, under the first digits of their digest."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def adopt(self, source: Path) -> tuple[str, int]:
        """Take over a finished file and return its digest and size; the source is gone after.

        The bytes are on the disk before the name exists, so a crash leaves all of it or nothing.
        """
        with source.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            os.fsync(content.fileno())
            size = os.fstat(content.fileno()).st_size
        target = self.path(digest)
        if target.exists():
            source.unlink()
            return digest, size
        target.parent.mkdir(parents=True, exist_ok=True)
        self._move(source, target)
        target.chmod(0o444)
        _fsync_folder(target.parent)
        return digest, size

    def _move(self, source: Path, target: Path) -> None:
        """Rename within a file system; across two, copy aside first: readers see all or none."""
        if source.stat().st_dev == target.parent.stat().st_dev:
            source.replace(target)
            return
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
            with source.open("rb") as content:
                shutil.copyfileobj(content, scratch, CHUNK)
            scratch.flush()
            os.fsync(scratch.fileno())
        Path(scratch.name).replace(target)
        source.unlink()

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def open(self, sha256: str) -> BinaryIO:
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def blob_store() -> FolderStore:
    """Return the store that the settings name."""
    return FolderStore(settings.ENV.home / "blobs")
