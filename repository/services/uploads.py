"""Resumable uploads: from the first byte to a blob that a reader has looked at."""

import datetime as dt
import os
import shutil
import unicodedata
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.selectors.people import get_namespace, may_contribute
from portal.core.crash import saving
from portal.core.disk import NoSpace
from portal.core.errors import Conflict, Forbidden, Gone, TooLarge, invalid_field
from portal.core.limits import Limit, take
from portal.core.one_by_one import one_by_one
from repository.blobs.hashing import running_digests
from repository.models import Blob, UploadSession
from repository.services.blobs import adopt_file, inspect_blob
from repository.services.quota import reserving
from repository.types import FileStatus, UploadState

FREE_SHARE = 0.05
ENDED = (UploadState.ACCEPTED, UploadState.BLOCKED, UploadState.REJECTED)


class WrongOffset(Conflict):
    code = "wrong_offset"


class UploadEnded(Conflict):
    code = "upload_ended"


class UploadExpired(Gone):
    code = "upload_expired"


class FileTooLarge(TooLarge):
    code = "file_too_large"


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


def start_upload(user: User, *, filename: str, size_bytes: int, owner: str = "") -> UploadSession:
    """Open an upload, or refuse its name or size before the first byte.

    Its bytes count to the quota of `owner`, the caller's own when none is named.
    """
    if not may_contribute(user):
        raise MayNotUpload("Your role only reads. Ask an administrator for the role `contributor`.")
    filename = _check_filename(filename)
    if size_bytes == 0:
        raise invalid_field("file", f"'{filename}' is empty. Choose the file again.", "empty_file")
    check_size(filename, size_bytes)
    namespace = get_namespace(user, owner or user.username)
    take(Limit.UPLOAD_USER, str(user.pk))
    with reserving(namespace, size_bytes), saving(f"upload.{UploadState.OPEN}"):
        upload = UploadSession.objects.create(
            owner=user,
            namespace=namespace,
            filename=filename,
            size_bytes=size_bytes,
            expires_at=_expiry(),
        )
    part_path(upload).touch()
    return upload


def check_size(filename: str, size_bytes: int) -> None:
    """Refuse a file that is over the limit, or that the disk has no room for."""
    limit = settings.ENV.upload_limit_bytes
    if size_bytes > limit:
        raise FileTooLarge(
            f"'{filename}' is larger than the limit of {limit} bytes.",
            details={"file": ["too large"]},
            values={"limit_bytes": limit},
        )
    check_disk(size_bytes)


def check_disk(size_bytes: int) -> None:
    """Refuse bytes that the disk has no room for."""
    folder = settings.ENV.home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(folder)
    if disk.free - size_bytes < disk.total * FREE_SHARE:
        raise NoSpace(
            "The server's disk is too full for this. Tell its administrator.",
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
    refuse_expired(upload)
    if upload.state != UploadState.OPEN:
        raise UploadEnded(f"This upload is {upload.state}. Start a new one.")
    stored = offset_of(upload)
    if offset != stored:
        raise WrongOffset(f"The upload stands at byte {stored}. Go on from there.")


def refuse_expired(upload: UploadSession) -> None:
    if upload.state == UploadState.EXPIRED:
        raise UploadExpired("Nobody went on with this upload, so it is gone. Start a new one.")


def keep(upload: UploadSession) -> None:
    """Push the expiry of an upload that somebody goes on with."""
    UploadSession.objects.filter(pk=upload.pk).update(expires_at=_expiry())


def _expiry() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=settings.ENV.upload_keep_s)


def finish_upload(upload: UploadSession) -> UploadSession:
    """Turn a complete upload into a blob and let a sandboxed reader look at it.

    Each step leaves what the next one needs, so after a crash at any point the same call goes on:
    the digest is known before the bytes move, and the bytes stay here until their blob is a row.
    """
    path = part_path(upload)
    if upload.state == UploadState.OPEN and offset_of(upload) == upload.size_bytes:
        _sync(path)
        sha256 = running_digests.take(upload.pk, path)
        still = UploadSession.objects.filter(pk=upload.pk, state=UploadState.OPEN)
        with saving(f"upload.{UploadState.RECEIVED}"):
            still.update(state=UploadState.RECEIVED, sha256=sha256)
        upload.refresh_from_db()
    if is_unfinished(upload) and upload.blob is None:
        # Adopted bytes leave this place; a crash right after that leaves their row to find.
        adopted = None if path.exists() else Blob.objects.filter(pk=upload.sha256).first()
        blob = adopted or adopt_file(path, upload.sha256)
        with saving("upload.blob"):
            UploadSession.objects.filter(pk=upload.pk).update(blob=blob)
        upload.refresh_from_db()
    if is_unfinished(upload) and upload.blob is not None:
        path.unlink(missing_ok=True)
        inspection = inspect_blob(upload.blob, upload.filename, worst=settings.ENV.sandbox_worst)
        read = UploadSession.objects.filter(pk=upload.pk, state=UploadState.RECEIVED)
        ended = STATE_OF[inspection.status]
        with saving(f"upload.{ended}"):
            read.update(state=ended, inspection=inspection)
        upload.refresh_from_db()
    return upload


def is_unfinished(upload: UploadSession) -> bool:
    """Say whether all bytes are here but not all that follows was done."""
    return upload.state == UploadState.RECEIVED and bool(upload.sha256)


def resume_uploads() -> int:
    """Finish the uploads whose bytes are all here but whose server went away; return how many."""
    env = settings.ENV
    quiet = timezone.now() + dt.timedelta(seconds=env.upload_keep_s - env.resend_after_s)
    left = UploadSession.objects.filter(state=UploadState.RECEIVED, expires_at__lt=quiet)
    rows = list(left.exclude(sha256="").select_related("blob").order_by("expires_at", "id")[:20])
    return one_by_one(rows, _resume)


def _resume(upload: UploadSession) -> None:
    keep(upload)
    finish_upload(upload)


def _sync(path: Path) -> None:
    with path.open("rb") as content:
        os.fsync(content.fileno())


def drop_upload(upload: UploadSession) -> None:
    """Forget an upload and the bytes that had arrived."""
    running_digests.forget(upload.pk)
    part_path(upload).unlink(missing_ok=True)
    upload.delete()


def expire_uploads() -> int:
    """Drop the uploads that nobody went on with, and forget those that ended; return how many."""
    now = timezone.now()
    stale = UploadSession.objects.filter(expires_at__lt=now).order_by("expires_at", "id")
    idle = list(stale.filter(state__in=[UploadState.OPEN, UploadState.RECEIVED])[:100])
    expired = one_by_one(idle, _expire)
    ended = stale.filter(state__in=[*ENDED, UploadState.EXPIRED]).values("pk")[:500]
    forgotten, _ = UploadSession.objects.filter(pk__in=ended).delete()
    return expired + forgotten


def _expire(upload: UploadSession) -> None:
    part_path(upload).unlink(missing_ok=True)
    with saving(f"upload.{UploadState.EXPIRED}"):
        UploadSession.objects.filter(pk=upload.pk).update(
            state=UploadState.EXPIRED, blob=None, expires_at=_expiry()
        )


def blob_of(upload: UploadSession, path: str) -> Blob:
    """Return what an upload brought, to be committed as `path`.

    Refuses an upload that is not finished, and what the reader rejected with the reader's words.
    """
    if upload.state == UploadState.REJECTED and upload.inspection is not None:
        raise invalid_field("files", upload.inspection.message, upload.inspection.code)
    if upload.blob is None or upload.state not in {UploadState.ACCEPTED, UploadState.BLOCKED}:
        raise UploadNotComplete(f"The upload of '{path}' is not complete. Finish it first.")
    return upload.blob
