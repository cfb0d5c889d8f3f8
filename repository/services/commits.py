"""Commits: a new revision, its files and the moved branch, in one transaction."""

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
    ReadmeWord,
    Ref,
    RefMove,
    Revision,
    UsageSpec,
)
from repository.readme.front_matter import words_of_card
from repository.readme.render import render_readme
from repository.selectors.revisions import MAIN, NoSuchRef, find_head
from repository.services.ai_models import touch_model
from repository.services.artifacts import derive_artifacts
from repository.services.cards import follow_card
from repository.services.carrying import carry_artifacts
from repository.services.paths import check_path, check_together
from repository.services.quota import check_commit
from repository.services.telling import tell_named
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
    branch: str = MAIN


@dataclass(frozen=True)
class Landing:
    """A revision about to be written. What it says nothing of is taken over from `base`."""

    branch: str
    head: Revision | None
    base: Revision | None
    message: str
    files: dict[str, Blob]
    readme: str | None = None
    usage: dict[str, object] | None = None


def commit(user: User, ai_model: AiModel, change: Change) -> Revision:
    """Add a revision on top of a branch and move the branch to it.

    Refuses a parent that is no longer the head, a path that is not allowed and a README over the
    limit; nothing is written then.
    """
    added = {check_path(path): blob for path, blob in change.files.items()}
    readme = read_readme(added.get(README))
    if not added and not change.deletions:
        raise NothingToCommit("Name at least one file to add or to delete.")
    with transaction.atomic():
        head = lock_head(ai_model, change.branch, change.parent)
        files = _merge(head, added, change.deletions)
        landing = Landing(
            branch=change.branch,
            head=head,
            base=head,
            message=change.message,
            files=files,
            readme=readme,
            usage=change.usage,
        )
        return land(user, ai_model, landing)


def lock_head(ai_model: AiModel, branch: str, parent: str) -> Revision | None:
    """Return the head of a branch, which nobody else moves until the transaction ends.

    Refuses a branch that is not there, and a parent that is no longer its head.
    """
    # Two commits at a time would both build on the same head: the second waits, then is stale.
    AiModel.objects.select_for_update().get(pk=ai_model.pk)
    head = find_head(ai_model, branch)
    if head is None and branch != MAIN:
        raise NoSuchRef(f"{ai_model} has no branch '{branch}'. Make it first.")
    if parent and (head is None or head.oid != parent):
        raise StaleParent("Somebody committed in the meantime. Look at the new head, then retry.")
    return head


def land(user: User, ai_model: AiModel, landing: Landing) -> Revision:
    """Write a revision with all that hangs on it and move its branch; call it under `lock_head`."""
    if len(landing.files) > MOST_FILES:
        raise invalid_field("files", f"A version holds at most {MOST_FILES} files.")
    check_together(landing.files)
    check_commit(ai_model, landing.files)
    revision = _write(user, ai_model, landing)
    _write_usage(revision, landing)
    _take_readme(revision, landing)
    _move_branch(user, revision, landing.branch)
    derive_artifacts(revision)
    if landing.base is not None:
        carry_artifacts(landing.base, revision)
    if landing.branch == MAIN:
        follow_card(user, revision, landing.head)
    touch_model(ai_model)
    tell_named(user, revision, RefKind.BRANCH, landing.branch)
    return revision


def read_readme(blob: Blob | None) -> str | None:
    """Return the text of a README; refuse one over the limit, or that is no text."""
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
    files = files_of(head) if head else {}
    for path in deletions:
        if files.pop(path, None) is None:
            raise invalid_field("deletions", f"There is no file '{path}' to delete.")
    return files | added


def files_of(revision: Revision) -> dict[str, Blob]:
    return {file.path: file.blob for file in revision.files.select_related("blob")}


def _write(user: User, ai_model: AiModel, landing: Landing) -> Revision:
    now = timezone.now()
    head, files = landing.head, landing.files
    content = {
        "model": ai_model.pk,
        "parent": head.oid if head else None,
        "files": sorted((path, blob.sha256) for path, blob in files.items()),
        "message": landing.message,
        "author": user.username,
        "at": now.isoformat(),
    }
    # 160 bits of SHA-256: the length git clients expect, without SHA-1.
    oid = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]
    revision = Revision.objects.create(
        ai_model=ai_model,
        oid=oid,
        parent=head,
        message=landing.message,
        author=user,
        created_at=now,
    )
    ModelFile.objects.bulk_create(
        ModelFile(revision=revision, path=path, blob=blob) for path, blob in sorted(files.items())
    )
    return revision


def _write_usage(revision: Revision, landing: Landing) -> None:
    usage = landing.usage
    if usage is None and landing.base is not None:
        known = UsageSpec.objects.filter(revision=landing.base)
        kept = known.values("inputs", "labels", "output").first()
        usage = dict(kept) if kept else None
    if usage is not None:
        UsageSpec.objects.create(revision=revision, **usage)


def _take_readme(revision: Revision, landing: Landing) -> None:
    text = landing.readme
    if text is None and landing.base is not None and README in landing.files:
        text = Readme.objects.get(revision=landing.base).text
    if text is not None:
        keep_readme(revision, text)


def keep_readme(revision: Revision, text: str) -> None:
    """Render a README once and keep it with its revision."""
    base = f"/api/v1/models/{revision.ai_model}/files"
    shown = render_readme(text, lambda path: f"{base}/{path}?ref={revision.oid}")
    readme = Readme.objects.create(
        revision=revision,
        text=text,
        html=shown.html,
        outline=shown.outline,
        front_matter=shown.front_matter,
    )
    ReadmeWord.objects.bulk_create(
        ReadmeWord(readme=readme, kind=kind, word=word)
        for kind, words in words_of_card(shown.front_matter).items()
        for word in words
    )


def _move_branch(user: User, revision: Revision, branch: str) -> None:
    ref, _ = Ref.objects.update_or_create(
        ai_model=revision.ai_model,
        name=branch,
        defaults={"kind": RefKind.BRANCH, "revision": revision},
    )
    RefMove.objects.create(ref=ref, revision=revision, moved_by=user)
