"""What may be done to a revision after it was written: bring its files back, or delete them."""

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import Conflict
from repository.models import AiModel, Readme, Revision, UsageSpec
from repository.selectors.revisions import MAIN
from repository.services.ai_models import touch_model
from repository.services.commits import Landing, files_of, land, lock_head


class RevisionInUse(Conflict):
    code = "revision_in_use"


class NothingToRestore(Conflict):
    code = "nothing_to_restore"


@transaction.atomic
def restore_revision(
    user: User, revision: Revision, *, parent: str = "", branch: str = MAIN
) -> Revision:
    """Add a revision on top of a branch with exactly the files of an older one.

    Refuses a parent that is no longer the head, and a head that has these files already.
    """
    ai_model = revision.ai_model
    head = lock_head(ai_model, branch, parent)
    files = files_of(revision)
    if head is not None and files_of(head) == files:
        raise NothingToRestore(f"'{branch}' holds exactly the files of {revision} already.")
    message = f"Restore {revision.oid[:7]}"
    landing = Landing(branch=branch, head=head, base=revision, message=message, files=files)
    return land(user, ai_model, landing)


@transaction.atomic
def delete_revision(user: User, revision: Revision) -> None:
    """Delete a revision's files and artifacts; its id stays in the log.

    Bytes nobody else points at go with a later collection. Refuses one that a ref names.
    """
    AiModel.objects.select_for_update().get(pk=revision.ai_model_id)
    named = list(revision.refs.filter(withdrawn_at=None).values_list("name", flat=True))
    if named:
        raise RevisionInUse(
            f"This version is named {', '.join(named)}. Move or delete these names first.",
            values={"names": ", ".join(named)},
        )
    record(user, "revision.delete", str(revision.ai_model), revision=revision.oid)
    revision.artifacts.all().delete()
    revision.files.all().delete()
    Readme.objects.filter(revision=revision).delete()
    UsageSpec.objects.filter(revision=revision).delete()
    revision.signatures.all().delete()
    Revision.objects.filter(pk=revision.pk).update(deleted_at=timezone.now())
    touch_model(revision.ai_model)
