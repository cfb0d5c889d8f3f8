"""Putting a backup back: into the same kind of server, or into another database and blob store."""

import gzip
import json
import tempfile
from pathlib import Path

from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, transaction
from pyrage.x25519 import Identity

from portal.accounts.models import User
from portal.accounts.services.audit import check_chain
from portal.operation.backups import (
    FORMAT,
    MANIFEST,
    ROWS,
    Manifest,
    applied_migrations,
)
from portal.operation.rows import replace_rows
from portal.operation.sealing import CannotOpen, open_copy
from repository.blobs.folder import FolderStore
from repository.blobs.hashing import digest_of
from repository.blobs.store import blob_store
from repository.services.indexing import rebuild_index


class CannotRestore(Exception):
    """A sentence that names what is wrong and the cure. Nothing was changed."""


def restore(folder: Path, key: Identity | None = None) -> Manifest:
    """Fill an empty server from a backup, a sealed one with its key; return what it held.

    Everything is checked before the first row is written, and the rows come all or not at all, so a
    restore that broke off is simply begun again. The search index is filled anew.
    """
    manifest = read_manifest(folder)
    if manifest.sealed_for and key is None:
        raise CannotRestore("This backup is sealed. Name the file of its secret key: --key FILE.")
    _check_target(manifest)
    saved = manifest.blobs_under(folder.parent)
    whole = manifest.blobs.keys() - set(manifest.damaged)
    if missing := sum(not saved.exists(sha256) for sha256 in whole):
        raise CannotRestore(
            f"{missing} of {len(whole)} blobs are not in {saved.root}. Copy the whole folder of "
            "backups here, then try again."
        )
    sealed_by = key if manifest.sealed_for else None
    with tempfile.TemporaryDirectory(prefix="ondol-restore-") as scratch:
        # First, for they tell whether the key is the right one.
        rows = _plain(folder / manifest.rows_name, Path(scratch) / ROWS, sealed_by)
        for sha256 in sorted(whole):
            _put(saved, sha256, Path(scratch) / "blob", sealed_by)
        _fill(rows, manifest)
    rebuild_index()
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup should hold, or raise `CannotRestore` for what is none or is damaged."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
        digest = digest_of(folder / manifest.rows_name)
    except (OSError, ValueError, TypeError) as error:
        raise CannotRestore(f"{folder} is no backup: {error}. Name a folder made by it.") from error
    if manifest.format != FORMAT:
        raise CannotRestore(
            f"The backup has format {manifest.format}, this Ondol reads {FORMAT}. Restore it with "
            f"Ondol {manifest.ondol}, then update."
        )
    if digest != manifest.rows_sha256:
        raise CannotRestore(f"{folder / manifest.rows_name} is damaged. Take another backup.")
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


def _plain(path: Path, scratch: Path, key: Identity | None) -> Path:
    """Return a file that can be read: the one given, or what it seals."""
    if key is None:
        return path
    try:
        open_copy(path, scratch, key)
    except CannotOpen as error:
        raise CannotRestore(
            f"{error} Take the key of this backup, or another copy of the backups."
        ) from error
    return scratch


def _put(saved: FolderStore, sha256: str, scratch: Path, key: Identity | None) -> None:
    if blob_store().exists(sha256):
        return
    path = saved.path(sha256)
    plain = _plain(path, scratch, key)
    if digest_of(plain) != sha256:
        raise CannotRestore(f"{path} is damaged. Take that file from another copy of the backups.")
    blob_store().put(sha256, plain)


def _fill(rows: Path, manifest: Manifest) -> None:
    with transaction.atomic():
        try:
            with gzip.open(rows, "rt", encoding="utf-8") as lines:
                counts = replace_rows(lines)
        except (DeserializationError, IntegrityError) as error:
            raise CannotRestore(f"The rows do not fit this database: {error}") from error
        if dict(counts) != manifest.rows:
            raise CannotRestore("The rows are not as many as the manifest says.")
        if fault := check_chain().fault:
            raise CannotRestore(f"The audit log of the backup is not whole: {fault}")
