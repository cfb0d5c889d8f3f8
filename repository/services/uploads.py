"""Resumable uploads: from the first byte to a blob that a reader has looked at."""

import datetime as dt
import os
import shutil
import unicodedata
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.selectors.people import may_contribute
from portal.core.errors import Conflict, Forbidden, Invalid, invalid_field
from repository.models import Blob, UploadSession
from repository.services.blobs import adopt_file, inspect_blob
from repository.types import FileStatus, UploadState

FREE_SHARE = 0.05


class WrongOffset(Conflict):
    code = "wrong_offset"


class UploadEnded(Conflict):
    code = "upload_ended"


class NoSpace(Invalid):
    code = "no_space"


class UploadNotComplete(Conflict):
    code = "upload_not_complete"


class MayNotUpload(Forbidden):
    code = "role_too_low"


STATE_OF: dict[str, UploadState] = {
    FileStatus.ACCEPTED: UploadState.ACCEPTED,
    FileStatus.BLOCKED: UploadState.BLOCKED,
    FileStatus.REJECTED: UploadState.REJECTED,
}


def part_path(upload: UploadSession) -> Path:
    """Return where the bytes lie that have arrived so far."""
    return settings.ENV.home / "uploads" / upload.id


def offset_of(upload: UploadSession) -> int:
    """Return how many bytes are safe on the disk."""
    if upload.state != UploadState.OPEN:
        return upload.size_bytes
    path = part_path(upload)
    return path.stat().st_size if path.exists() else 0


def start_upload(user: User, *, filename: str, size_bytes: int) -> UploadSession:
    """Open an upload, or refuse its name or size before the first byte."""
    if not may_contribute(user):
        raise MayNotUpload("Your role only reads. Ask an administrator for the role `contributor`.")
    filename = _check_filename(filename)
    if size_bytes == 0:
        raise invalid_field("file", f"'{filename}' is empty. Choose the file again.", "empty_file")
    check_size(filename, size_bytes)
    expires = timezone.now() + dt.timedelta(seconds=settings.ENV.upload_keep_s)
    upload = UploadSession.objects.create(
        owner=user, filename=filename, size_bytes=size_bytes, expires_at=expires
    )
    part_path(upload).touch()
    return upload


def check_size(filename: str, size_bytes: int) -> None:
    """Refuse a file that is over the limit, or that the disk has no room for."""
    limit = settings.ENV.upload_limit_bytes
    if size_bytes > limit:
        raise invalid_field(
            "file", f"'{filename}' is larger than the limit of {limit} bytes.", "file_too_large"
        )
    folder = settings.ENV.home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(folder)
    if disk.free - size_bytes < disk.total * FREE_SHARE:
        raise NoSpace(
            "The server's disk is too full for this file. Tell its administrator.",
            details={"file": ["no space"]},
        )


def _check_filename(filename: str) -> str:
    name = unicodedata.normalize("NFC", filename).strip()
    if not name or len(name) > 200 or name in {".", ".."}:  # noqa: PLR2004
        raise invalid_field(
            "filename", "Give the file a name of 1 to 200 characters.", "name_not_allowed"
        )
    if any(letter in '/\\:*?"<>|' or unicodedata.category(letter)[0] == "C" for letter in name):
        raise invalid_field(
            "filename",
            f"The file name {name!r} holds a character that is not allowed. Rename the file.",
            "name_not_allowed",
        )
    return name


def check_offset(upload: UploadSession, offset: int) -> None:
    """Refuse bytes that do not continue exactly where the file ends."""
    if upload.state != UploadState.OPEN:
        raise UploadEnded(f"This upload is {upload.state}. Start a new one.")
    stored = offset_of(upload)
    if offset != stored:
        raise WrongOffset(f"The upload stands at byte {stored}. Go on from there.")


def keep(upload: UploadSession) -> None:
    """Push the expiry of an upload that somebody goes on with."""
    expires = timezone.now() + dt.timedelta(seconds=settings.ENV.upload_keep_s)
    UploadSession.objects.filter(pk=upload.pk).update(expires_at=expires)


def finish_upload(upload: UploadSession) -> UploadSession:
    """Turn a complete upload into a blob and let a sandboxed reader look at it.

    Harmless to repeat: after a crash at any point the same call goes on.
    """
    path = part_path(upload)
    if upload.state == UploadState.OPEN and path.exists():
        with path.open("rb") as content:
            os.fsync(content.fileno())
        blob = adopt_file(path)
        UploadSession.objects.filter(pk=upload.pk).update(state=UploadState.RECEIVED, blob=blob)
        upload.refresh_from_db()
    if upload.state == UploadState.RECEIVED and upload.blob is not None:
        worst = settings.ENV.sandbox_worst
        inspection = inspect_blob(upload.blob, upload.filename, worst=worst)
        UploadSession.objects.filter(pk=upload.pk, state=UploadState.RECEIVED).update(
            state=STATE_OF[inspection.status], inspection=inspection
        )
        upload.refresh_from_db()
    return upload


def drop_upload(upload: UploadSession) -> None:
    """Forget an upload and the bytes that had arrived."""
    part_path(upload).unlink(missing_ok=True)
    upload.delete()


def expire_uploads() -> int:
    """Drop the uploads that nobody went on with; return how many."""
    stale = UploadSession.objects.filter(
        state=UploadState.OPEN, expires_at__lt=timezone.now()
    ).order_by("id")
    for upload in stale[:100]:
        part_path(upload).unlink(missing_ok=True)
        UploadSession.objects.filter(pk=upload.pk).update(state=UploadState.EXPIRED)
    return len(stale)


def blob_of(upload: UploadSession, path: str) -> Blob:
    """Return what an upload brought, to be committed as `path`.

    Refuses an upload that is not finished, and what the reader rejected with the reader's words.
    """
    if upload.state == UploadState.REJECTED and upload.inspection is not None:
        raise invalid_field("files", upload.inspection.message, upload.inspection.code)
    if upload.blob is None or upload.state not in {UploadState.ACCEPTED, UploadState.BLOCKED}:
        raise UploadNotComplete(f"The upload of '{path}' is not complete. Finish it first.")
    return upload.blob
