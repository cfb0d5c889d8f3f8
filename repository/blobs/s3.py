"""Blobs in any S3; what must lie on a disk to be read is fetched into a cache."""

import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from botocore.exceptions import ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

PREFIX = "blobs/"
SPARE_S = 3600.0
KEY = re.compile(rf"{PREFIX}[0-9a-f]{{2}}/([0-9a-f]{{64}})")


class S3Store:
    """Blobs as objects of a bucket. `cache` is a folder that may lose any file at any time."""

    def __init__(self, storage: S3Storage, cache: Path, cache_bytes: int) -> None:
        self._storage = storage
        self._cache = cache
        self._cache_bytes = cache_bytes

    def put(self, sha256: str, source: Path) -> None:
        """Keep a file's bytes under their digest; S3 shows an object whole or not at all."""
        with source.open("rb") as content:
            self._storage.save(_key(sha256), File(content))

    def exists(self, sha256: str) -> bool:
        return bool(self._storage.exists(_key(sha256)))

    def open(self, sha256: str) -> BinaryIO:
        try:
            answer = self._storage.bucket.Object(_key(sha256)).get()
        except ClientError as error:
            raise FileNotFoundError(sha256) from error
        return cast(BinaryIO, answer["Body"])

    def path(self, sha256: str) -> Path:
        """Return a local file of these bytes, fetched if it is not in the cache."""
        kept = self._cache / sha256
        if kept.exists():
            kept.touch()
            return kept
        self._cache.mkdir(parents=True, exist_ok=True)
        scratch = self._cache / f".{secrets.token_hex(8)}"
        try:
            self._storage.bucket.Object(_key(sha256)).download_file(str(scratch))
            scratch.replace(kept)
        except ClientError as error:
            raise FileNotFoundError(sha256) from error
        finally:
            scratch.unlink(missing_ok=True)
        self._trim()
        return kept

    def delete(self, sha256: str) -> None:
        self._storage.delete(_key(sha256))
        (self._cache / sha256).unlink(missing_ok=True)

    def signed_url(self, sha256: str, *, filename: str, media_type: str) -> str:
        """Return an address at which anyone may fetch these bytes for a short time."""
        parameters = {
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
            "ResponseContentType": media_type,
            "ResponseCacheControl": "private, max-age=31536000, immutable",
        }
        return str(self._storage.url(_key(sha256), parameters=parameters))

    def digests(self) -> Iterator[str]:
        for found in self._storage.bucket.objects.filter(Prefix=PREFIX):
            if match := KEY.fullmatch(found.key):
                yield match.group(1)

    def _trim(self) -> None:
        """Let go of what was used longest ago, but of nothing somebody may just be reading."""
        files = sorted(self._cache.iterdir(), key=lambda path: path.stat().st_mtime)
        spare = time.time() - SPARE_S
        total = sum(path.stat().st_size for path in files)
        for path in files:
            if total <= self._cache_bytes or path.stat().st_mtime > spare:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _key(sha256: str) -> str:
    return f"{PREFIX}{sha256[:2]}/{sha256}"
