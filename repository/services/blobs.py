"""Blobs as rows: bytes first, their row after, whoever points at them last."""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.db import transaction

from portal.core.sandbox.run import Level
from repository.blobs.hashing import digest_of
from repository.blobs.store import blob_store
from repository.models import Blob, Inspection
from repository.readers.finding import Finding
from repository.readers.inspect import inspect_files
from repository.services.incoming import incoming_folder


def adopt_file(path: Path, sha256: str = "") -> Blob:
    """Store a finished local file and return its row; the file itself is gone after.

    `sha256` spares reading the file when its digest is known. Bytes that were found damaged are
    written anew.
    """
    sha256 = sha256 or digest_of(path)
    size = path.stat().st_size
    store = blob_store()
    if not store.exists(sha256):
        store.put(sha256, path)
    with transaction.atomic():
        # The collector holds this row while it deletes: who comes after it finds no bytes.
        known = Blob.objects.select_for_update()
        blob, _ = known.get_or_create(sha256=sha256, defaults={"size_bytes": size})
        if blob.damaged_at is not None or not store.exists(sha256):
            store.put(sha256, path)
        Blob.objects.filter(pk=sha256).update(orphaned_at=None, damaged_at=None)
    path.unlink(missing_ok=True)
    return blob


def store_bytes(content: bytes) -> tuple[str, int]:
    """Store bytes that came inside a message and return digest and size; their row comes after."""
    sha256 = hashlib.sha256(content).hexdigest()
    # Before we look for the bytes: an orphan that is wanted again is not collected any more.
    Blob.objects.filter(pk=sha256, orphaned_at__isnull=False).update(orphaned_at=None)
    if not blob_store().exists(sha256):
        path = incoming_folder() / f"inline-{secrets.token_hex(8)}"
        try:
            path.write_bytes(content)
            blob_store().put(sha256, path)
        finally:
            path.unlink(missing_ok=True)
    return sha256, len(content)


def rows_of(stored: Mapping[str, int]) -> dict[str, Blob]:
    """Return the rows of stored bytes by digest, making in one go those that are not there."""
    Blob.objects.bulk_create(
        (Blob(sha256=sha256, size_bytes=size) for sha256, size in stored.items()),
        ignore_conflicts=True,
    )
    return Blob.objects.in_bulk(list(stored))


def inspect_blob(blob: Blob, filename: str, *, worst: int) -> Inspection:
    """Let a sandboxed reader look at a blob, once for each extension it came under."""
    return inspect_blobs({filename: blob}, worst=worst)[filename]


def inspect_blobs(files: Mapping[str, Blob], *, worst: int) -> dict[str, Inspection]:
    """Let a sandboxed reader look at many blobs by the paths they have; return what it said."""
    known = {
        (row.blob_id, row.extension): row
        for row in Inspection.objects.filter(blob__in=set(files.values()))
    }
    new = {
        (blob.sha256, _extension(path)): path
        for path, blob in files.items()
        if (blob.sha256, _extension(path)) not in known
    }
    named = [(blob_store().path(sha256), path) for (sha256, _), path in new.items()]
    findings = inspect_files(named, worst=Level(worst))
    with transaction.atomic():
        for (key, path), finding in zip(new.items(), findings, strict=True):
            known[key] = _keep(files[path], key[1], finding)
    return {path: known[blob.sha256, _extension(path)] for path, blob in files.items()}


def _keep(blob: Blob, extension: str, finding: Finding) -> Inspection:
    return Inspection.objects.update_or_create(
        blob=blob,
        extension=extension,
        defaults={
            "status": finding.status,
            "code": finding.code,
            "message": finding.message[:500],
            "format": finding.format,
            "facts": finding.facts,
        },
    )[0]


def _extension(path: str) -> str:
    return Path(path).suffix.lower()[:20]
