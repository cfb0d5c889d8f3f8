"""People whom a model's owners let in: to read it, or to change it too."""

from django.db import transaction

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import NotFound, invalid_field
from repository.models import AiModel, Collaborator
from repository.services.ai_models import touch_model


class NoSuchCollaborator(NotFound):
    code = "no_such_collaborator"


@transaction.atomic
def put_collaborator(
    user: User, ai_model: AiModel, username: str, *, may_write: bool
) -> Collaborator:
    """Let a person in, or change what they may. Refuses who is not known, or owns the model."""
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise invalid_field("username", f"There is no active user '{username}'.", "no_such_user")
    namespace = ai_model.namespace
    if namespace.user_id == person.pk or person.memberships.filter(team=namespace.team_id).exists():
        raise invalid_field("username", f"'{username}' is among the owners already.", "is_owner")
    kept, _ = Collaborator.objects.update_or_create(
        ai_model=ai_model, user=person, defaults={"may_write": may_write}
    )
    record(user, "model.share", str(ai_model), person=username, may_write=str(may_write))
    touch_model(ai_model)
    return kept


@transaction.atomic
def remove_collaborator(user: User, ai_model: AiModel, username: str) -> None:
    """Let a person in no longer."""
    gone, _ = ai_model.collaborators.filter(user__username=username).delete()
    if not gone:
        raise NoSuchCollaborator(f"'{username}' is no collaborator of {ai_model}.")
    record(user, "model.unshare", str(ai_model), person=username)
    touch_model(ai_model)
