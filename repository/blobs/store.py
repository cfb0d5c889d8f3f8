"""Where bytes lie: content-addressed, written once, never changed."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from storages.backends.s3 import S3Storage

from repository.blobs.folder import FolderStore
from repository.blobs.s3 import S3Store


class BlobStore(Protocol):
    """Bytes by their SHA-256. Putting what is there already is harmless.

    `path` is a local file that holds a blob, `signed_url` an address that gives it out without us,
    or nothing where there is none. What is not there raises FileNotFoundError.
    """

    def put(self, sha256: str, source: Path) -> None: ...
    def exists(self, sha256: str) -> bool: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def path(self, sha256: str) -> Path: ...
    def delete(self, sha256: str) -> None: ...
    def signed_url(self, sha256: str, *, filename: str, media_type: str) -> str: ...
    def digests(self) -> Iterator[str]: ...


@cache
def blob_store() -> BlobStore:
    """Return the store that the settings name."""
    env = settings.ENV
    if not env.s3_bucket:
        return FolderStore(env.home / "blobs")
    storage = S3Storage(
        bucket_name=env.s3_bucket,
        endpoint_url=env.s3_endpoint_url,
        region_name=env.s3_region,
        access_key=env.s3_access_key.get_secret_value() if env.s3_access_key else None,
        secret_key=env.s3_secret_key.get_secret_value() if env.s3_secret_key else None,
        addressing_style="path",
        signature_version="s3v4",
        default_acl=None,
        file_overwrite=True,
        querystring_auth=True,
        querystring_expire=env.signed_url_s,
    )
    return S3Store(storage, env.home / "cache" / "blobs", env.s3_cache_bytes)
