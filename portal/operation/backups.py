"""Backups: every row, every blob once, and a manifest that says what must be there.

A folder of backups holds blobs, shared by all, and a folder for each backup, named by its time:

    blobs/ab/cd/abcd...
    20261121T093000.123456Z/rows.jsonl.gz
    20261121T093000.123456Z/manifest.json     written last: without it there is no backup

Secret keys are kept apart: a backup holds none. Where backups are sealed, blobs lie in a folder
named by whom they are sealed for, and rows end in `.age`; the manifest stays readable.
"""

import gzip
import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from portal.core.models import JanitorTick
from portal.operation.rows import snapshot, write_rows
from portal.operation.sealing import SUFFIX, check_recipients, write_copy
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
    sealed_for: list[str] = field(default_factory=list)

    @property
    def rows_name(self) -> str:
        return ROWS + SUFFIX if self.sealed_for else ROWS

    def blobs_under(self, root: Path) -> FolderStore:
        return blobs_of(root, self.sealed_for)


def blobs_of(root: Path, recipients: Sequence[str]) -> FolderStore:
    """Return where blobs lie that these recipients can open: what others can is no use to them."""
    if not recipients:
        return FolderStore(root / BLOBS)
    whom = hashlib.sha256(" ".join(sorted(recipients)).encode()).hexdigest()
    return FolderStore(root / f"{BLOBS}-{whom[:16]}")


def back_up(root: Path, recipients: Sequence[str] = ()) -> tuple[Path, Manifest]:
    """Write a backup of everything while the product runs; return its folder and its manifest.

    With recipients, rows and blobs are sealed, each file for all of them; `BadKey` is raised for
    one that is none.

    A blob that an earlier backup in the same folder holds is not copied again. What a crash leaves
    has no manifest and is no backup; its blobs serve the next one. A damaged blob is named and
    keeps nothing else from being saved.
    """
    check_recipients(recipients)
    root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    now = timezone.now()
    scratch = root / f".{secrets.token_hex(8)}"
    scratch.mkdir(mode=PRIVATE)
    rows = scratch / (ROWS + SUFFIX if recipients else ROWS)
    try:
        with snapshot():
            migrations = applied_migrations()
            counts = _write_rows(rows, recipients)
            blobs = dict(Blob.objects.values_list("sha256", "size_bytes"))
        manifest = Manifest(
            format=FORMAT,
            ondol=version("ondol"),
            made_at=now.isoformat(),
            migrations=migrations,
            rows=dict(counts),
            rows_sha256=digest_of(rows),
            blobs=blobs,
            # What the snapshot names outlives it by the grace period of the collection.
            damaged=_copy_blobs(blobs, blobs_of(root, recipients), recipients),
            sealed_for=list(recipients),
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


def _write_rows(target: Path, recipients: Sequence[str]) -> Mapping[str, int]:
    """Write every row; beside the backups they never lie unsealed."""
    with tempfile.TemporaryDirectory(prefix="ondol-backup-") as folder:
        rows = Path(folder) / ROWS
        with gzip.open(rows, "wt", encoding="utf-8") as out:
            counts = write_rows(out)
        with rows.open("rb") as source:
            write_copy(source, target, recipients)
    return counts


def _copy_blobs(
    blobs: Mapping[str, int], saved: FolderStore, recipients: Sequence[str]
) -> list[str]:
    """Copy what is not saved yet; return the digests of what is not there as its digest says."""
    damaged = []
    for sha256, size in sorted(blobs.items()):
        # A sealed file is longer, and stands under its name only when it is whole.
        if saved.exists(sha256) and saved.path(sha256).stat().st_size >= size:
            continue
        # A copy of its own: a second name for the same bytes would be lost with the first.
        scratch = saved.root / f".{secrets.token_hex(8)}"
        saved.root.mkdir(mode=PRIVATE, exist_ok=True)
        try:
            with blob_store().open(sha256) as source:
                digest = write_copy(source, scratch, recipients)
            if digest == sha256:
                saved.put(sha256, scratch)
            else:
                damaged.append(sha256)
        except FileNotFoundError:
            damaged.append(sha256)
        finally:
            scratch.unlink(missing_ok=True)
    return damaged
