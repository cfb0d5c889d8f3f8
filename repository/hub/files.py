"""Files as Hugging Face clients see them: git's names, and git-lfs for the large ones."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from repository.blobs.git import is_large, pointer_of
from repository.models import Blob, ModelFile, Revision


def timestamp(at: dt.datetime) -> str:
    """Return a time as clients read it: in UTC, with a Z."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def lfs_of(blob: Blob, digest_field: str) -> dict[str, Any] | None:
    if not is_large(blob.size_bytes):
        return None
    pointer = pointer_of(blob.sha256, blob.size_bytes)
    return {digest_field: blob.sha256, "size": blob.size_bytes, "pointerSize": len(pointer)}


def file_entry(file: ModelFile, oid: str, changed: Revision | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "file",
        "path": file.path,
        "size": file.blob.size_bytes,
        "oid": oid,
    }
    lfs = lfs_of(file.blob, "oid")
    if lfs is not None:
        entry["lfs"] = lfs
    if changed is not None:
        entry["lastCommit"] = commit_entry(changed)
    return entry


def folder_entry(path: str, beneath: Iterable[ModelFile]) -> dict[str, Any]:
    """Describe a folder; its id changes whenever anything beneath it does."""
    digest = hashlib.sha1(usedforsecurity=False)
    for file in beneath:
        digest.update(f"{file.path}\0{file.blob_id}\n".encode())
    return {"type": "directory", "path": path, "oid": digest.hexdigest(), "size": 0}


def sibling(file: ModelFile, oid: str | None) -> dict[str, Any]:
    """Describe a file in the list that a model's info carries, with blobs where asked."""
    entry: dict[str, Any] = {"rfilename": file.path}
    if oid is not None:
        entry |= {"size": file.blob.size_bytes, "blobId": oid}
        lfs = lfs_of(file.blob, "sha256")
        if lfs is not None:
            entry["lfs"] = lfs
    return entry


def commit_entry(revision: Revision) -> dict[str, str]:
    return {
        "id": revision.oid,
        "title": revision.message.partition("\n")[0],
        "date": timestamp(revision.created_at),
    }
