"""Commits: a new revision, its files and the moved `main`, in one transaction."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.core.errors import Conflict, Invalid, invalid_field
from repository.blobs.store import blob_store
from repository.models import (
    AiModel,
    Blob,
    ModelFile,
    Readme,
    Ref,
    RefMove,
    Revision,
    UsageSpec,
)
from repository.readme.render import render_readme
from repository.selectors.files import find_head
from repository.services.ai_models import touch_model
from repository.services.artifacts import derive_artifacts
from repository.types import RefKind

README = "README.md"
MOST_FILES = 2_000


class StaleParent(Conflict):
    code = "stale_parent"


class NothingToCommit(Invalid):
    code = "nothing_to_commit"


@dataclass(frozen=True)
class Change:
    """What a commit changes: files by path, and paths to delete.

    `parent` is the id the caller saw last, or empty for "whatever is".
    """

    message: str
    files: Mapping[str, Blob]
    deletions: list[str] = field(default_factory=list)
    parent: str = ""
    usage: dict[str, object] | None = None


def commit(user: User, ai_model: AiModel, change: Change) -> Revision:
    """Add a revision on top of `main` and move `main` to it.

    Refuses a parent that is no longer the head, a path that is not allowed and a README over the
    limit; nothing is written then.
    """
    added = {_check_path(path): blob for path, blob in change.files.items()}
    readme = _read_readme(added.get(README))
    if not added and not change.deletions:
        raise NothingToCommit("Name at least one file to add or to delete.")
    with transaction.atomic():
        # Two commits at a time would both build on the same head: the second waits, then is stale.
        AiModel.objects.select_for_update().get(pk=ai_model.pk)
        head = find_head(ai_model)
        if change.parent and (head is None or head.oid != change.parent):
            raise StaleParent(
                "Somebody committed in the meantime. Look at the new head, then retry."
            )
        files = _merge(head, added, change.deletions)
        revision = _write(user, ai_model, head, change.message, files)
        _write_usage(revision, head, change.usage)
        _write_readme(ai_model, revision, head, readme, kept=README in files)
        _move_main(user, ai_model, revision)
        derive_artifacts(revision)
        touch_model(ai_model)
    return revision


def _check_path(path: str) -> str:
    parts = path.split("/")
    if (
        not path
        or len(path) > 255  # noqa: PLR2004
        or any(part in {"", ".", ".."} for part in parts)
        or not path.isprintable()
        or "\\" in path
    ):
        raise invalid_field(
            "files", f"The path {path!r} is not allowed. Use plain names joined by '/'."
        )
    return path


def _read_readme(blob: Blob | None) -> str | None:
    if blob is None:
        return None
    limit = settings.ENV.readme_limit_bytes
    if blob.size_bytes > limit:
        raise invalid_field(
            "files", f"{README} is larger than {limit} bytes. Shorten it.", "readme_too_large"
        )
    try:
        return blob_store().path(blob.sha256).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise invalid_field(
            "files", f"{README} is not UTF-8 text. Save it as UTF-8.", "readme_not_text"
        ) from error


def _merge(
    head: Revision | None, added: dict[str, Blob], deletions: Iterable[str]
) -> dict[str, Blob]:
    files = {file.path: file.blob for file in head.files.select_related("blob")} if head else {}
    for path in deletions:
        if files.pop(path, None) is None:
            raise invalid_field("deletions", f"There is no file '{path}' to delete.")
    files |= added
    if len(files) > MOST_FILES:
        raise invalid_field("files", f"A version holds at most {MOST_FILES} files.")
    return files


def _write(
    user: User, ai_model: AiModel, head: Revision | None, message: str, files: dict[str, Blob]
) -> Revision:
    now = timezone.now()
    content = {
        "model": ai_model.pk,
        "parent": head.oid if head else None,
        "files": sorted((path, blob.sha256) for path, blob in files.items()),
        "message": message,
        "author": user.username,
        "at": now.isoformat(),
    }
    # 160 bits of SHA-256: the length git clients expect, without SHA-1.
    oid = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]
    revision = Revision.objects.create(
        ai_model=ai_model, oid=oid, parent=head, message=message, author=user, created_at=now
    )
    ModelFile.objects.bulk_create(
        ModelFile(revision=revision, path=path, blob=blob) for path, blob in sorted(files.items())
    )
    return revision


def _write_usage(
    revision: Revision, head: Revision | None, usage: dict[str, object] | None
) -> None:
    if usage is None and head is not None:
        kept = UsageSpec.objects.filter(revision=head).values("inputs", "labels", "output").first()
        usage = dict(kept) if kept else None
    if usage is not None:
        UsageSpec.objects.create(revision=revision, **usage)


def _write_readme(
    ai_model: AiModel, revision: Revision, head: Revision | None, text: str | None, *, kept: bool
) -> None:
    if text is None and kept and head is not None:
        text = Readme.objects.get(revision=head).text
    if text is None:
        return
    base = f"/api/v1/models/{ai_model}/files"
    shown = render_readme(text, lambda path: f"{base}/{path}?ref={revision.oid}")
    Readme.objects.create(
        revision=revision,
        text=text,
        html=shown.html,
        outline=shown.outline,
        front_matter=shown.front_matter,
    )


def _move_main(user: User, ai_model: AiModel, revision: Revision) -> None:
    ref, _ = Ref.objects.update_or_create(
        ai_model=ai_model,
        name="main",
        defaults={"kind": RefKind.BRANCH, "revision": revision},
    )
    RefMove.objects.create(ref=ref, revision=revision, moved_by=user)
