"""Blobs as rows: bytes first, their row after, whoever points at them last."""

from pathlib import Path

from django.db import transaction

from portal.core.sandbox.run import Level
from repository.blobs.store import blob_store
from repository.models import Blob, Inspection
from repository.readers.inspect import inspect_file


def adopt_file(path: Path) -> Blob:
    """Store a finished local file and return its row; the file itself is gone after."""
    sha256, size = blob_store().adopt(path)
    blob, _ = Blob.objects.get_or_create(sha256=sha256, defaults={"size_bytes": size})
    return blob


def inspect_blob(blob: Blob, filename: str, *, worst: int) -> Inspection:
    """Let a sandboxed reader look at a blob, once for each extension it came under."""
    extension = Path(filename).suffix.lower()[:20]
    known = Inspection.objects.filter(blob=blob, extension=extension).first()
    if known is not None:
        return known
    finding = inspect_file(blob_store().path(blob.sha256), filename, worst=Level(worst))
    with transaction.atomic():
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
