"""Putting a backup back: into the same kind of server, or into another database and blob store."""

import gzip
import json
from pathlib import Path

from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.accounts.services.audit import check_chain
from portal.operation.backups import (
    BLOBS,
    FORMAT,
    MANIFEST,
    ROWS,
    Manifest,
    applied_migrations,
)
from portal.operation.rows import replace_rows
from repository.blobs.folder import FolderStore
from repository.blobs.hashing import digest_of
from repository.blobs.store import blob_store
from repository.services.indexing import rebuild_index


class CannotRestore(Exception):
    """A sentence that names what is wrong and the cure. Nothing was changed."""


def restore(folder: Path) -> Manifest:
    """Fill an empty server from a backup; return what it held.

    Everything is checked before the first row is written, and the rows come all or not at all, so a
    restore that broke off is simply begun again. The search index is filled anew.
    """
    manifest = read_manifest(folder)
    _check_target(manifest)
    saved = FolderStore(folder.parent / BLOBS)
    whole = manifest.blobs.keys() - set(manifest.damaged)
    if missing := sum(not saved.exists(sha256) for sha256 in whole):
        raise CannotRestore(
            f"{missing} of {len(whole)} blobs are not in {saved.root}. Copy the whole folder of "
            "backups here, then try again."
        )
    for sha256 in sorted(whole):
        _put(saved, sha256)
    _fill(folder, manifest)
    rebuild_index()
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup should hold, or raise `CannotRestore` for what is none or is damaged."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
        digest = digest_of(folder / ROWS)
    except (OSError, ValueError, TypeError) as error:
        raise CannotRestore(f"{folder} is no backup: {error}. Name a folder made by it.") from error
    if manifest.format != FORMAT:
        raise CannotRestore(
            f"The backup has format {manifest.format}, this Ondol reads {FORMAT}. Restore it with "
            f"Ondol {manifest.ondol}, then update."
        )
    if digest != manifest.rows_sha256:
        raise CannotRestore(f"{folder / ROWS} is damaged. Take another backup.")
    return manifest


def _check_target(manifest: Manifest) -> None:
    if User.objects.exists():
        raise CannotRestore(
            "This server holds people already. Restore into an empty one: another ONDOL_HOME or "
            "ONDOL_DATABASE_URL, after `manage.py migrate`."
        )
    here = applied_migrations()
    if manifest.migrations != here:
        differ = sorted(set(manifest.migrations) ^ set(here))
        raise CannotRestore(
            f"The backup was made by Ondol {manifest.ondol} with other migrations ({differ[0]}). "
            f"Restore it with that version, then update."
        )


def _put(saved: FolderStore, sha256: str) -> None:
    if blob_store().exists(sha256):
        return
    path = saved.path(sha256)
    if digest_of(path) != sha256:
        raise CannotRestore(f"{path} is damaged. Take that file from another copy of the backups.")
    blob_store().put(sha256, path)


def _fill(folder: Path, manifest: Manifest) -> None:
    with transaction.atomic():
        try:
            with gzip.open(folder / ROWS, "rt", encoding="utf-8") as lines:
                counts = replace_rows(lines)
        except (DeserializationError, IntegrityError) as error:
            raise CannotRestore(f"The rows do not fit this database: {error}") from error
        if dict(counts) != manifest.rows:
            raise CannotRestore("The rows are not as many as the manifest says.")
        if fault := check_chain().fault:
            raise CannotRestore(f"The audit log of the backup is not whole: {fault}")
