"""Commits as git clients make them: whole folders go, retries are harmless."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import User
from portal.core.errors import Invalid
from repository.models import AiModel, Blob, Revision
from repository.readers.finding import Code
from repository.selectors.files import NoSuchFile, list_files
from repository.selectors.revisions import MAIN, find_head
from repository.services.blobs import inspect_blobs
from repository.services.commits import Change, commit
from repository.types import FileStatus

PLAIN = frozenset({Code.UNKNOWN, Code.EMPTY})
"""What no reader knows is kept as plain bytes: repositories hold more than models."""
RETRIED_WITHIN = dt.timedelta(minutes=10)


class FileNotFit(Invalid):
    code = "file_not_fit"


@dataclass(frozen=True)
class Push:
    """What a client wants changed: files by path, files and whole folders to delete."""

    message: str
    files: Mapping[str, Blob]
    deleted_files: list[str] = field(default_factory=list)
    deleted_folders: list[str] = field(default_factory=list)
    parent: str = ""
    branch: str = MAIN


def push(user: User, ai_model: AiModel, wanted: Push) -> Revision:
    """Commit a push and return the revision that its branch names then.

    A push that was made already, or changes nothing, returns the revision there is. Refuses a
    deletion of what is not there, and files that are not what their names say.
    """
    head = find_head(ai_model, wanted.branch)
    paths = {file.path: file.blob_id for file in list_files(head)} if head else {}
    if head is not None and _is_done(user, head, paths, wanted):
        return head
    deletions = _deletions(paths, wanted)
    inspect_or_refuse(wanted.files)
    change = Change(
        message=wanted.message,
        files=wanted.files,
        deletions=deletions,
        parent=wanted.parent,
        branch=wanted.branch,
    )
    return commit(user, ai_model, change)


def _is_done(user: User, head: Revision, paths: Mapping[str, str], wanted: Push) -> bool:
    """Tell whether the head says already what is wanted.

    A client whose answer got lost asks again. Then its parent is behind, and what it deletes is
    gone: only the same person's same words of a moment ago are taken for a retry.
    """
    same_files = all(paths.get(path) == blob.sha256 for path, blob in wanted.files.items())
    gone = not any(path in paths for path in wanted.deleted_files) and not any(
        path.startswith(f"{folder.strip('/')}/")
        for folder in wanted.deleted_folders
        for path in paths
    )
    if not same_files or not gone:
        return False
    if not wanted.deleted_files and not wanted.deleted_folders and wanted.parent in {"", head.oid}:
        return True
    recent = timezone.now() - head.created_at < RETRIED_WITHIN
    parent = head.parent.oid if head.parent else ""
    same_words = head.author_id == user.pk and head.message == wanted.message
    return recent and same_words and wanted.parent in {"", parent}


def _deletions(paths: Mapping[str, str], wanted: Push) -> list[str]:
    found = dict.fromkeys(wanted.deleted_files)
    for folder in wanted.deleted_folders:
        start = f"{folder.strip('/')}/" if folder.strip("/") else ""
        beneath = [path for path in paths if path.startswith(start)]
        if not beneath:
            raise NoSuchFile(f"A folder with this name doesn't exist: '{folder}'.")
        found |= dict.fromkeys(beneath)
    missing = [path for path in found if path not in paths]
    if missing:
        raise NoSuchFile(f"A file with this name doesn't exist: '{missing[0]}'.")
    return [path for path in found if path not in wanted.files]


def inspect_or_refuse(files: Mapping[str, Blob]) -> None:
    """Let the reader see every file, and refuse what is broken or not what its name says."""
    inspections = inspect_blobs(files, worst=settings.ENV.sandbox_worst)
    for path, inspection in inspections.items():
        if inspection.status == FileStatus.REJECTED and inspection.code not in PLAIN:
            raise FileNotFit(f"{path}: {inspection.message}", code=inspection.code)
