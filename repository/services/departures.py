"""When a person goes for good: what they own goes to somebody else first."""

from django.db import IntegrityError, transaction

from portal.accounts.models import Namespace, User
from portal.accounts.selectors.people import NoSuchPerson
from portal.accounts.services.administration import forget
from portal.accounts.services.audit import record
from portal.core.errors import Conflict, invalid_field
from repository.models import AiModel, EvaluationSet, FormerName, UploadSession
from repository.services.ai_models import touch_model


class NamesCollide(Conflict):
    code = "names_collide"


@transaction.atomic
def part_with(admin: User, person: User, heir: str) -> int:
    """Give all that a person owns to a user or team, then forget the person.

    Returns how many models went over. Old names go on leading to them. Refuses where the heir has
    a model or a set of test data of the same name; then nothing is changed.
    """
    target = Namespace.objects.filter(slug=heir).exclude(user=person).first()
    if target is None:
        raise invalid_field("hand_over_to", f"There is no other user or team '{heir}'.")
    # Of two who do this at once, the second finds nobody.
    User.objects.select_for_update().get(pk=person.pk)
    source = Namespace.objects.filter(user=person).first()
    if source is None:
        raise NoSuchPerson(f"There is no user '{person.username}'.")
    models = list(AiModel.objects.filter(namespace=source).order_by("name"))
    try:
        with transaction.atomic():
            EvaluationSet.objects.filter(namespace=source).update(namespace=target)
            for ai_model in models:
                FormerName.objects.update_or_create(
                    owner=source.slug, name=ai_model.name, defaults={"ai_model": ai_model}
                )
                ai_model.namespace = target
                ai_model.save(update_fields=["namespace"])
                touch_model(ai_model)
    except IntegrityError as error:
        raise NamesCollide(
            f"{heir} has a model or test data of the same name as {source.slug}. Rename one first."
        ) from error
    UploadSession.objects.filter(namespace=source).update(namespace=None)
    record(admin, "person.hand_over", person.username, to=heir, models=len(models))
    forget(admin, person)
    return len(models)
