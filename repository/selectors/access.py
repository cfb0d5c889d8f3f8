"""The only door from a caller to a model: lists start here, and single ones are found here."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.models import Namespace, User
from portal.accounts.selectors.people import is_admin, may_contribute
from portal.core.errors import Forbidden, Moved, NotFound
from repository.models import AiModel, Collaborator
from repository.types import Need, Visibility


class NoSuchModel(NotFound):
    code = "no_such_model"


class MayNotChange(Forbidden):
    code = "may_not_change"


def visible_to(user: User | None) -> QuerySet[AiModel]:
    """Return the models that a person may know of; without one, what is public."""
    everything = AiModel.objects.all()
    if user is None:
        return everything.filter(visibility=Visibility.PUBLIC)
    if is_admin(user):
        return everything
    helps = Collaborator.objects.filter(ai_model=OuterRef("pk"), user=user)
    return everything.filter(
        Q(visibility__in=[Visibility.PUBLIC, Visibility.INTERNAL])
        | Q(namespace__user=user)
        | Q(namespace__team__in=user.teams.all())
        | Exists(helps)
    )


def audience_of(user: User | None) -> tuple[str, ...] | None:
    """Return whom a person belongs to, as the search index says who may know of a model.

    None is everybody's: an administrator. The same people as `visible_to`.
    """
    if user is None:
        return (Visibility.PUBLIC,)
    if is_admin(user):
        return None
    spaces = Namespace.objects.filter(Q(user=user) | Q(team__in=user.teams.all()))
    return (
        Visibility.PUBLIC,
        Visibility.INTERNAL,
        *(_space(pk) for pk in spaces.values_list("pk", flat=True)),
        _person(user.pk),
    )


def who_may_know(ai_model: AiModel) -> list[str]:
    """Return whom a model may be shown to, in the words of `audience_of`."""
    helpers = [_person(row.user_id) for row in ai_model.collaborators.all()]
    return [ai_model.visibility, _space(ai_model.namespace_id), *helpers]


def _space(pk: int) -> str:
    return f"space:{pk}"


def _person(pk: int) -> str:
    return f"person:{pk}"


def get_model(user: User | None, owner: str, name: str, need: Need = Need.READ) -> AiModel:
    """Return one model for what the caller needs of it.

    A stranger is told that there is none; who may read but not change is told so. Whoever asks by
    a name that the model had before is told the one it has.
    """
    found = get_model_once_called(user, owner, name, need)
    if str(found) != f"{owner}/{name}":
        raise Moved(
            f"'{owner}/{name}' is called '{found}' now.",
            old=f"/models/{owner}/{name}",
            new=f"/models/{found}",
        )
    return found


def get_model_once_called(
    user: User | None, owner: str, name: str, need: Need = Need.READ
) -> AiModel:
    """Return one model as `get_model` does, also by a name it had before."""
    found = find_model(user, owner, name)
    if found is None:
        raise NoSuchModel(f"There is no model '{owner}/{name}', or you may not see it.")
    if not may_on(user, found, need):
        raise MayNotChange(f"You may read '{owner}/{name}' but not change it. Ask its owner.")
    return found


def find_model(user: User | None, owner: str, name: str) -> AiModel | None:
    """Return one model, by its name or one it had before, if the person may know of it."""
    known = visible_to(user).select_related("namespace", "service_type")
    found = known.filter(namespace__slug=owner, name=name).first()
    return found or known.filter(former_names__owner=owner, former_names__name=name).first()


def may_on(user: User | None, ai_model: AiModel, need: Need) -> bool:
    """Say whether a person who sees a model may also change or own it."""
    if need == Need.READ or (user is not None and is_admin(user)):
        return True
    if user is None or not may_contribute(user):
        return False
    namespace = ai_model.namespace
    if namespace.user_id == user.pk:
        return True
    if namespace.team_id and user.memberships.filter(team=namespace.team_id).exists():
        return True
    helper = ai_model.collaborators.filter(user=user, may_write=True)
    return need == Need.WRITE and helper.exists()
