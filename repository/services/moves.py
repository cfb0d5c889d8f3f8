"""Moving a model to another name or owner. Its old name goes on leading to it."""

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.accounts.selectors.people import get_namespace
from portal.accounts.services.audit import record
from portal.accounts.services.people import check_spelling
from repository.models import AiModel, FormerName
from repository.services.ai_models import NameTaken, touch_model


def move_model(user: User, ai_model: AiModel, *, owner: str, name: str) -> AiModel:
    """Give a model another name or owner.

    Refuses a name that is taken or not allowed, and an owner the caller cannot publish as.
    """
    namespace = get_namespace(user, owner)
    check_spelling(name, "name")
    before = (ai_model.namespace.slug, ai_model.name)
    if before == (owner, name):
        return ai_model
    try:
        with transaction.atomic():
            FormerName.objects.filter(owner=owner, name=name).delete()
            FormerName.objects.update_or_create(
                owner=before[0], name=before[1], defaults={"ai_model": ai_model}
            )
            ai_model.namespace, ai_model.name = namespace, name
            ai_model.save(update_fields=["namespace", "name"])
            touch_model(ai_model)
            record(user, "model.move", str(ai_model), was="/".join(before))
    except IntegrityError as error:
        raise NameTaken(
            f"'{owner}/{name}' is taken. Choose another name.", details={"name": ["taken"]}
        ) from error
    return ai_model
