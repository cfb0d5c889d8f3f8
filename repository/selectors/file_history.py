"""What became of one file of a model, from version to version."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Prefetch

from repository.models import ModelFile, ReleaseSignature, Revision
from repository.selectors.files import NoSuchFile


@dataclass(frozen=True)
class FileChange:
    """A version that came with other bytes at a path than the one before it; a side may lack."""

    revision: Revision
    before: str | None
    old: ModelFile | None
    new: ModelFile | None


def list_file_history(
    revision: Revision, path: str, size: int
) -> tuple[list[FileChange], str | None]:
    """Return what became of a path, the newest first, and the id of the version to go on from.

    A version that was deleted has no files to tell of: its successor is held against the last one
    before it that has.
    """
    files = {
        file.revision_id: file
        for file in ModelFile.objects.filter(
            revision__ai_model=revision.ai_model_id, path=path
        ).select_related("blob")
    }
    if not files:
        raise NoSuchFile(f"No version has a file {path}.")
    found = list(islice(_changes(revision, files), size + 1))
    keys = Prefetch("signatures", ReleaseSignature.objects.defer("statement"))
    rows = Revision.objects.select_related("author", "parent").prefetch_related("refs", keys)
    whole = rows.in_bulk(
        [change for change, _ in found] + [before for _, before in found if before]
    )
    changes = [
        FileChange(
            revision=whole[pk],
            before=whole[before].oid if before else None,
            old=files.get(before) if before else None,
            new=files.get(pk),
        )
        for pk, before in found
    ]
    return changes[:size], changes[size].revision.oid if len(changes) > size else None


def _changes(revision: Revision, files: dict[int, ModelFile]) -> Iterator[tuple[int, int | None]]:
    """Go back from a version; yield each that has other bytes than the one before, and that one."""
    rows = revision.ai_model.revisions.values_list("pk", "parent_id", "deleted_at")
    known = {pk: (parent, deleted) for pk, parent, deleted in rows}

    def before(pk: int) -> int | None:
        parent = known[pk][0]
        while parent is not None and known[parent][1] is not None:
            parent = known[parent][0]
        return parent

    at = revision.pk if known[revision.pk][1] is None else before(revision.pk)
    while at is not None:
        last = before(at)
        new, old = files.get(at), files.get(last) if last else None
        if (new and new.blob_id) != (old and old.blob_id):
            yield at, last
        at = last
