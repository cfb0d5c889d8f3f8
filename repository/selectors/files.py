"""Reading revisions, files and blobs, through the door of their model."""

from django.db.models import Q

from portal.accounts.models import User
from portal.core.errors import Conflict, Forbidden, NotFound
from repository.models import (
    AiModel,
    Artifact,
    Blob,
    Inspection,
    ModelFile,
    Revision,
    UploadSession,
)
from repository.selectors.access import visible_to
from repository.selectors.evaluation_sets import visible_sets
from repository.types import FileStatus

SHORTEST_OID = 7


class NoSuchRevision(NotFound):
    code = "no_such_revision"


class NoSuchFile(NotFound):
    code = "no_such_file"


class NoSuchUpload(NotFound):
    code = "no_such_upload"


class NoRevisionYet(Conflict):
    code = "no_revision_yet"


class BlockedFile(Forbidden):
    code = "blocked_file"


def find_head(ai_model: AiModel) -> Revision | None:
    """Return what `main` points at, or nothing for a model without files."""
    return Revision.objects.filter(refs__ai_model=ai_model, refs__name="main").first()


def get_revision(ai_model: AiModel, ref: str = "main") -> Revision:
    """Return the revision that a ref, or the first digits of an id, names."""
    found = Revision.objects.filter(refs__ai_model=ai_model, refs__name=ref).first()
    if found is None and len(ref) >= SHORTEST_OID:
        found = ai_model.revisions.filter(oid__startswith=ref).first()
    if found is None and ref == "main":
        raise NoRevisionYet(f"{ai_model} has no files yet. Upload some and commit them.")
    if found is None:
        raise NoSuchRevision(f"{ai_model} has no version '{ref}'.")
    return found


def list_files(revision: Revision) -> list[ModelFile]:
    return list(
        revision.files.select_related("blob").prefetch_related("blob__inspections").order_by("path")
    )


def get_file(revision: Revision, path: str) -> ModelFile:
    found = revision.files.select_related("blob").filter(path=path).first()
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


def get_blob(user: User, sha256: str) -> Blob:
    """Return a blob that belongs to something the caller may see, and is fit to be given out."""
    models, sets = visible_to(user), visible_sets(user)
    reachable = Blob.objects.filter(pk=sha256).filter(
        Q(pk__in=ModelFile.objects.filter(revision__ai_model__in=models).values("blob"))
        | Q(pk__in=Artifact.objects.filter(revision__ai_model__in=models).values("files__blob"))
        | Q(pk__in=sets.values("evaluation_blob"))
        | Q(pk__in=sets.values("calibration_blob"))
    )
    found = reachable.first()
    if found is None:
        raise NoSuchFile("There are no such bytes, or you may not see them.")
    if Inspection.objects.filter(blob=found, status=FileStatus.BLOCKED).exists():
        raise BlockedFile(
            "This file is blocked: it may run code when opened. "
            "Register the model as safetensors, ONNX or .pt2 instead."
        )
    return found
