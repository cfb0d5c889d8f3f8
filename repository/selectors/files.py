"""Reading revisions, files and blobs, through the door of their model."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from portal.accounts.models import User
from portal.core.errors import Conflict, Forbidden, NotFound
from repository.models import (
    Artifact,
    Blob,
    Inspection,
    ModelFile,
    Revision,
    UploadSession,
)
from repository.readers.formats import Format
from repository.selectors.access import visible_to
from repository.selectors.evaluation_sets import visible_sets
from repository.types import FileStatus


class NoSuchFile(NotFound):
    code = "no_such_file"


class NoSuchUpload(NotFound):
    code = "no_such_upload"


class DamagedFile(Conflict):
    code = "damaged_file"


DAMAGED = "The stored bytes of this file are damaged. Upload the same file again to heal them."


class BlockedFile(Forbidden):
    code = "blocked_file"


def list_files(revision: Revision) -> list[ModelFile]:
    return list(
        revision.files.select_related("blob").prefetch_related("blob__inspections").order_by("path")
    )


def first_of_formats(
    revision: Revision, formats: Sequence[Format]
) -> tuple[Format, ModelFile] | None:
    """Return the first file that was accepted as the earliest of these formats that there is."""
    found = [
        (formats.index(Format(row.format)), file)
        for file in list_files(revision)
        for row in file.blob.inspections.all()
        if row.status == FileStatus.ACCEPTED and row.format in formats
    ]
    place, file = min(found, key=lambda pair: pair[0], default=(0, None))
    return (formats[place], file) if file else None


@dataclass(frozen=True)
class Entry:
    """One line of a folder: a file, or a folder with the bytes of all that is below it."""

    path: str
    size_bytes: int
    file: ModelFile | None


def list_tree(revision: Revision, folder: str = "") -> list[Entry]:
    """Return what lies in a folder of a revision, folders first. Refuses one that is not there."""
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    below: dict[str, int] = {}
    files = []
    for file in list_files(revision):
        if not file.path.startswith(prefix):
            continue
        first, _, rest = file.path.removeprefix(prefix).partition("/")
        if rest:
            below[first] = below.get(first, 0) + file.blob.size_bytes
        else:
            files.append(Entry(file.path, file.blob.size_bytes, file))
    if prefix and not files and not below:
        raise NoSuchFile(f"There is no folder '{folder}' in version {revision}.")
    return [Entry(prefix + name, size, None) for name, size in sorted(below.items())] + files


def find_file(revision: Revision, path: str) -> ModelFile | None:
    return revision.files.select_related("blob", "revision__ai_model").filter(path=path).first()


def get_file(revision: Revision, path: str) -> ModelFile:
    found = find_file(revision, path)
    if found is None:
        raise NoSuchFile(f"There is no file '{path}' in version {revision}.")
    return found


def get_upload(user: User, upload_id: str) -> UploadSession:
    """Return an upload of the caller's own."""
    found = (
        UploadSession.objects.select_related("inspection", "blob")
        .filter(pk=upload_id, owner=user)
        .first()
    )
    if found is None:
        raise NoSuchUpload("There is no such upload of yours. Start a new one.")
    return found


def get_uploads(user: User, upload_ids: Collection[str]) -> dict[str, UploadSession]:
    """Return uploads of the caller's own by id, in one query; refuse where one is missing."""
    rows = UploadSession.objects.select_related("inspection", "blob").filter(owner=user)
    found = rows.in_bulk(set(upload_ids))
    if len(found) < len(set(upload_ids)):
        raise NoSuchUpload("There is no such upload of yours. Start a new one.")
    return found


def get_blob(user: User | None, sha256: str) -> Blob:
    """Return a blob that belongs to something the caller may see, and may be given out."""
    found = find_blob(user, sha256)
    if found is None:
        raise NoSuchFile("There are no such bytes, or you may not see them.")
    refuse_blocked(found)
    return found


def find_blob(user: User | None, sha256: str) -> Blob | None:
    """Return a blob that belongs to something the caller may see."""
    models, sets = visible_to(user), visible_sets(user)
    reachable = Blob.objects.filter(pk=sha256).filter(
        Q(pk__in=ModelFile.objects.filter(revision__ai_model__in=models).values("blob"))
        | Q(pk__in=Artifact.objects.filter(revision__ai_model__in=models).values("files__blob"))
        | Q(pk__in=sets.values("evaluation_blob"))
        | Q(pk__in=sets.values("calibration_blob"))
    )
    return reachable.first()


def find_own_blob(user: User, sha256: str) -> Blob | None:
    """Return a blob that the caller uploaded or may see.

    Naming a digest must not be a way to bytes of other people, nor tell whether they are here.
    """
    uploaded = Blob.objects.filter(pk=sha256, uploads__owner=user).first()
    return uploaded or find_blob(user, sha256)


def list_names(revision_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return by revision the paths of the files that are given out, in one query for all."""
    blocked = Inspection.objects.filter(status=FileStatus.BLOCKED).values("blob")
    rows = (
        ModelFile.objects.filter(revision__in=list(revision_ids))
        .exclude(blob__in=blocked)
        .order_by("path")
        .values_list("revision_id", "path")
    )
    found: dict[int, list[str]] = {}
    for revision_id, path in rows:
        found.setdefault(revision_id, []).append(path)
    return found


def is_blocked(file: ModelFile) -> bool:
    """Say whether a file of `list_files` is kept but given to nobody."""
    return any(row.status == FileStatus.BLOCKED for row in file.blob.inspections.all())


def refuse_damaged(sha256: str) -> None:
    if Blob.objects.filter(pk=sha256, damaged_at__isnull=False).exists():
        raise DamagedFile(DAMAGED)


def refuse_blocked(blob: Blob) -> None:
    """Give nobody a file that may run code when it is opened."""
    if Inspection.objects.filter(blob=blob, status=FileStatus.BLOCKED).exists():
        raise BlockedFile(
            "This file is blocked: it may run code when opened. "
            "Register the model as safetensors, ONNX or .pt2 instead."
        )
