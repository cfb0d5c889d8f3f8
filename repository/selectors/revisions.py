"""Finding revisions by the names people give them, and walking their history."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from portal.core.errors import Conflict, Invalid, NotFound, invalid_field
from repository.models import AiModel, ModelFile, Ref, RefMove, ReleaseSignature, Revision
from repository.types import RefKind

MAIN = "main"
SHORTEST_OID = 7
OID = re.compile(r"[0-9a-f]{7,40}")
FOLDER_OF = {
    "refs/heads/": RefKind.BRANCH,
    "refs/tags/": RefKind.TAG,
    "refs/aliases/": RefKind.ALIAS,
}


class NoSuchRevision(NotFound):
    code = "no_such_revision"


class NoSuchRef(NotFound):
    code = "no_such_ref"


class NoRevisionYet(Conflict):
    code = "no_revision_yet"


class AmbiguousRevision(Invalid):
    code = "ambiguous_revision"


@dataclass(frozen=True)
class Difference:
    """What changed from one revision to another; paths in order."""

    added: list[ModelFile]
    removed: list[ModelFile]
    changed: list[tuple[ModelFile, ModelFile]]


def find_head(ai_model: AiModel, branch: str = MAIN) -> Revision | None:
    """Return what a branch points at, or nothing for a model without files."""
    return Revision.objects.filter(
        refs__ai_model=ai_model, refs__name=branch, refs__kind=RefKind.BRANCH
    ).first()


def get_revision(ai_model: AiModel, ref: str = MAIN) -> Revision:
    """Return the revision that a ref or an id names.

    A ref is a branch, tag or alias, by its name or in full (`refs/tags/1.0`); an id may be cut to
    its first seven digits as long as it means one revision.
    """
    named = _find_ref(ai_model, ref)
    found = named.revision if named else _by_oid(ai_model, ref)
    if found is None and ref == MAIN:
        raise NoRevisionYet(f"{ai_model} has no files yet. Upload some and commit them.")
    if found is None or found.deleted_at is not None:
        raise NoSuchRevision(f"{ai_model} has no version '{ref}'.")
    return found


def get_ref(ai_model: AiModel, name: str) -> Ref:
    found = _find_ref(ai_model, name)
    if found is None:
        raise NoSuchRef(f"{ai_model} has no branch, version or alias '{name}'.")
    return found


def list_refs(ai_model: AiModel) -> QuerySet[Ref]:
    return (
        ai_model.refs.filter(withdrawn_at=None)
        .select_related("revision")
        .order_by("kind", "-updated_at", "id")
    )


def list_moves(ref: Ref) -> QuerySet[RefMove]:
    """Return where a ref pointed, the newest first."""
    return ref.moves.select_related("revision", "moved_by").order_by("-id")


def list_history(revision: Revision, size: int) -> tuple[list[Revision], str | None]:
    """Return a revision and those it was built on, the newest first, and the id to go on from."""
    parents = dict(revision.ai_model.revisions.values_list("pk", "parent_id"))
    chain = list(_chain(revision.pk, parents, size + 1))
    keys = Prefetch("signatures", ReleaseSignature.objects.defer("statement"))
    rows = Revision.objects.filter(pk__in=chain).select_related("author", "parent")
    found = {row.pk: row for row in rows.prefetch_related("refs", keys)}
    ordered = [found[pk] for pk in chain]
    return ordered[:size], ordered[size].oid if len(ordered) > size else None


def get_logged(ai_model: AiModel, oid: str) -> Revision:
    """Return a revision of the log by its id, also a deleted one: where a page of it goes on."""
    found = ai_model.revisions.filter(oid=oid).first()
    if found is None:
        raise invalid_field("cursor", "Take `next` of the page before as it is.")
    return found


def compare(before: Revision, after: Revision) -> Difference:
    """Say which files differ between two revisions of a model."""
    old = {file.path: file for file in before.files.select_related("blob").order_by("path")}
    new = {file.path: file for file in after.files.select_related("blob").order_by("path")}
    return Difference(
        added=[file for path, file in new.items() if path not in old],
        removed=[file for path, file in old.items() if path not in new],
        changed=[
            (old[path], file)
            for path, file in new.items()
            if path in old and old[path].blob_id != file.blob_id
        ],
    )


def _find_ref(ai_model: AiModel, name: str) -> Ref | None:
    known = ai_model.refs.filter(withdrawn_at=None).select_related("revision")
    for folder, kind in FOLDER_OF.items():
        if name.startswith(folder):
            return known.filter(kind=kind, name=name.removeprefix(folder)).first()
    return known.filter(name=name).first()


def _by_oid(ai_model: AiModel, digits: str) -> Revision | None:
    if not OID.fullmatch(digits):
        return None
    found = list(ai_model.revisions.filter(oid__startswith=digits).order_by("id")[:2])
    if len(found) > 1:
        raise AmbiguousRevision(f"'{digits}' begins several ids of {ai_model}. Give more digits.")
    return found[0] if found else None


def _chain(pk: int | None, parents: Mapping[int, int | None], size: int) -> Iterator[int]:
    for _ in range(size):
        if pk is None:
            return
        yield pk
        pk = parents[pk]
