"""Reading evaluation sets."""

from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.accounts.selectors.people import is_admin
from portal.core.errors import NotFound
from repository.models import EvaluationSet
from repository.types import Visibility


class NoSuchEvaluationSet(NotFound):
    code = "no_such_evaluation_set"


def visible_sets(user: User | None) -> QuerySet[EvaluationSet]:
    """Return the test data that a person may know of; nobody knows of any."""
    everything = EvaluationSet.objects.select_related("namespace").order_by("id")
    if user is None:
        return everything.none()
    if is_admin(user):
        return everything
    return everything.filter(
        Q(visibility__in=[Visibility.PUBLIC, Visibility.INTERNAL])
        | Q(namespace__user=user)
        | Q(namespace__team__in=user.teams.all())
    )


def get_evaluation_set(user: User, set_id: int) -> EvaluationSet:
    found = visible_sets(user).filter(pk=set_id).first()
    if found is None:
        raise NoSuchEvaluationSet("There is no such test data, or you may not see it.")
    return found
