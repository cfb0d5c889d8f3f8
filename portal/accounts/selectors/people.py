"""Reading people: who they are, and which names they may publish under."""

from portal.accounts.models import Namespace, User
from portal.accounts.types import Role
from portal.core.errors import Forbidden, invalid_field

WRITERS = frozenset({Role.ADMIN, Role.MAINTAINER, Role.CONTRIBUTOR})

KEEPERS = frozenset({Role.ADMIN, Role.MAINTAINER})


class MayNot(Forbidden):
    code = "role_too_low"


def is_admin(user: User) -> bool:
    return user.role == Role.ADMIN


def may_maintain(user: User) -> bool:
    """Say whether the person keeps service types, contexts and devices."""
    return user.role in KEEPERS


def may_contribute(user: User) -> bool:
    return user.role in WRITERS


def list_namespaces(user: User) -> list[Namespace]:
    """Return the names that the person may publish under, their own first."""
    own = Namespace.objects.filter(user=user)
    teams = Namespace.objects.filter(team__memberships__user=user).order_by("slug")
    return [*own, *teams]


def get_namespace(user: User, slug: str) -> Namespace:
    """Return a name to publish under, or refuse naming the ones there are."""
    if not may_contribute(user):
        raise MayNot("Your role only reads. Ask an administrator for the role `contributor`.")
    names = list_namespaces(user)
    for name in names:
        if name.slug == slug:
            return name
    known = ", ".join(name.slug for name in names)
    raise invalid_field("owner", f"You cannot publish as '{slug}'. Choose one of: {known}.")


def find_first_admin() -> User | None:
    return User.objects.filter(role=Role.ADMIN, is_active=True).order_by("id").first()


def get_active_user(pk: int) -> User:
    """Return a person whom a signed word of ours names, or refuse one who left."""
    found = User.objects.filter(pk=pk, is_active=True).first()
    if found is None:
        raise MayNot("This account is not active any more.")
    return found
