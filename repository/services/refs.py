"""Names for revisions: branches, versions that never move, aliases that people promote."""

import re

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import Conflict, Forbidden, invalid_field
from repository.models import AiModel, Ref, RefMove, Revision
from repository.selectors.access import may_on
from repository.selectors.revisions import MAIN
from repository.services.telling import tell_named
from repository.types import ALIASES, STABLE, Need, RefKind

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?")
LIKE_AN_ID = re.compile(r"[0-9a-f]{7,40}")


class RefTaken(Conflict):
    code = "ref_taken"


class TagFrozen(Conflict):
    code = "tag_frozen"


class MovesByCommit(Conflict):
    code = "moves_by_commit"


class MainStays(Conflict):
    code = "main_stays"


class MayNotPromote(Forbidden):
    code = "may_not_promote"


@transaction.atomic
def create_ref(user: User, revision: Revision, kind: RefKind, name: str) -> Ref:
    """Name a revision: a branch to go on from, a version that stays, or an alias.

    A version that was withdrawn comes back only at the revision it had. Refuses a name that is
    taken or not allowed, and an alias that the caller may not promote.
    """
    ai_model = revision.ai_model
    check_name(kind, name)
    if kind == RefKind.ALIAS:
        _check_promotion(user, ai_model, name)
    # Two people who give one name at a time: the second one finds it taken.
    AiModel.objects.select_for_update().get(pk=ai_model.pk)
    known = ai_model.refs.filter(name=name).first()
    if known is not None:
        return _give_back(user, known, revision, kind)
    ref = Ref.objects.create(ai_model=ai_model, kind=kind, name=name, revision=revision)
    _remember(user, ref, "ref.create")
    return ref


@transaction.atomic
def move_alias(user: User, ref: Ref, revision: Revision) -> Ref:
    """Let an alias mean another revision: a promotion. Where it pointed stays in its history.

    Refuses a branch, which moves by commits, a tag, which never moves, and a caller who may not.
    """
    if ref.kind == RefKind.TAG:
        raise TagFrozen(f"The version '{ref.name}' never moves. Publish another version.")
    if ref.kind == RefKind.BRANCH:
        raise MovesByCommit(f"The branch '{ref.name}' moves by commits. Restore or commit instead.")
    _check_promotion(user, ref.ai_model, ref.name)
    if ref.revision_id != revision.pk:
        ref.revision = revision
        ref.save(update_fields=["revision", "updated_at"])
        _remember(user, ref, "ref.promote")
    return ref


@transaction.atomic
def delete_ref(user: User, ref: Ref) -> None:
    """Take a name away. That of a version is withdrawn: it will never mean another revision."""
    if ref.name == MAIN:
        raise MainStays("The branch 'main' is what people see first and stays.")
    if ref.kind == RefKind.ALIAS:
        _check_promotion(user, ref.ai_model, ref.name)
    record(user, "ref.delete", str(ref.ai_model), ref=ref.name, revision=ref.revision.oid)
    if ref.kind == RefKind.TAG:
        Ref.objects.filter(pk=ref.pk).update(withdrawn_at=timezone.now())
    else:
        ref.delete()


def check_name(kind: RefKind, name: str) -> None:
    """Refuse a name that means something else already, or that paths cannot hold."""
    allowed = NAME.fullmatch(name) and not any(
        part in name for part in ("..", "//", "/.", "./", ".lock")
    )
    if not allowed or LIKE_AN_ID.fullmatch(name) or name.startswith("refs/"):
        raise invalid_field(
            "name",
            f"The name {name[:60]!r} is not allowed. Use letters, digits, dots, hyphens and "
            "slashes, and not what looks like a revision's id.",
            "ref_name_not_allowed",
        )
    if name in ALIASES and kind != RefKind.ALIAS:
        raise invalid_field(
            "name", f"'{name}' is always an alias. Give another name.", "ref_name_not_allowed"
        )


def _give_back(user: User, known: Ref, revision: Revision, kind: RefKind) -> Ref:
    if known.withdrawn_at is None:
        raise RefTaken(f"'{known.name}' is a {known.kind} already. Choose another name.")
    if known.revision_id != revision.pk or kind != RefKind.TAG:
        raise TagFrozen(
            f"The version '{known.name}' was published before, of other files. "
            "Choose another version."
        )
    known.withdrawn_at = None
    known.save(update_fields=["withdrawn_at", "updated_at"])
    _remember(user, known, "ref.create")
    return known


def _check_promotion(user: User, ai_model: AiModel, name: str) -> None:
    """Refuse a promotion to what devices take as recommended, unless an owner asks."""
    if name == STABLE and not may_on(user, ai_model, Need.OWN):
        raise MayNotPromote(
            f"Only the owners of {ai_model} say what is '{STABLE}'. Propose it as 'candidate'."
        )


def _remember(user: User, ref: Ref, action: str) -> None:
    RefMove.objects.create(ref=ref, revision=ref.revision, moved_by=user)
    record(user, action, str(ref.ai_model), ref=ref.name, revision=ref.revision.oid)
    if ref.kind != RefKind.BRANCH:
        tell_named(user, ref.revision, RefKind(ref.kind), ref.name)
