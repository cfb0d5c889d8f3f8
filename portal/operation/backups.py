"""Backups: every row, every blob once, and a manifest that says what must be there.

A folder of backups holds blobs, shared by all, and a folder for each backup, named by its time:

    blobs/ab/cd/abcd...
    20261121T093000.123456Z/rows.jsonl.gz
    20261121T093000.123456Z/manifest.json     written last: without it there is no backup

Secret keys are kept apart: a backup holds none.
"""

import gzip
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from portal.core.models import JanitorTick
from portal.operation.rows import snapshot, write_rows
from repository.blobs.folder import FolderStore
from repository.blobs.hashing import digest_of
from repository.blobs.store import blob_store
from repository.models import Blob

FORMAT = 1
DUTY = "backup"
ROWS = "rows.jsonl.gz"
MANIFEST = "manifest.json"
BLOBS = "blobs"
PRIVATE = 0o700


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: rows by table, bytes by SHA-256, and which blobs it could not get."""

    format: int
    ondol: str
    made_at: str
    migrations: list[str]
    rows: dict[str, int]
    rows_sha256: str
    blobs: dict[str, int]
    damaged: list[str]


def back_up(root: Path) -> tuple[Path, Manifest]:
    """Write a backup of everything while the product runs; return its folder and its manifest.

    A blob that an earlier backup in the same folder holds is not copied again. What a crash leaves
    has no manifest and is no backup; its blobs serve the next one. A damaged blob is named and
    keeps nothing else from being saved.
    """
    root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    now = timezone.now()
    scratch = root / f".{secrets.token_hex(8)}"
    scratch.mkdir(mode=PRIVATE)
    try:
        with snapshot():
            migrations = applied_migrations()
            with gzip.open(scratch / ROWS, "wt", encoding="utf-8") as out:
                counts = write_rows(out)
            blobs = dict(Blob.objects.values_list("sha256", "size_bytes"))
        manifest = Manifest(
            format=FORMAT,
            ondol=version("ondol"),
            made_at=now.isoformat(),
            migrations=migrations,
            rows=dict(counts),
            rows_sha256=digest_of(scratch / ROWS),
            blobs=blobs,
            # What the snapshot names outlives it by the grace period of the collection.
            damaged=_copy_blobs(blobs, FolderStore(root / BLOBS)),
        )
        (scratch / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), "utf-8")
        folder = root / now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    JanitorTick.objects.update_or_create(duty=DUTY, defaults={"ticked_at": now})
    return folder, manifest


def applied_migrations() -> list[str]:
    """Return the steps this database has gone, as `app.name`."""
    done = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in done)


def _copy_blobs(blobs: Mapping[str, int], saved: FolderStore) -> list[str]:
    """Copy what is not saved yet; return the digests of what is not there as its digest says."""
    damaged = []
    for sha256, size in sorted(blobs.items()):
        if saved.exists(sha256) and saved.path(sha256).stat().st_size == size:
            continue
        # A copy of its own: a second name for the same bytes would be lost with the first.
        scratch = saved.root / f".{secrets.token_hex(8)}"
        saved.root.mkdir(mode=PRIVATE, exist_ok=True)
        try:
            with blob_store().open(sha256) as source, scratch.open("xb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            if digest_of(scratch) == sha256:
                saved.put(sha256, scratch)
            else:
                damaged.append(sha256)
        except FileNotFoundError:
            damaged.append(sha256)
        finally:
            scratch.unlink(missing_ok=True)
    return damaged
