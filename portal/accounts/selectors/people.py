"""Reading people: who they are, and which names they may publish under."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.models import Namespace, Team, TeamMembership, User
from portal.accounts.types import Role
from portal.core.errors import Forbidden, NotFound, invalid_field

WRITERS = frozenset({Role.ADMIN, Role.MAINTAINER, Role.CONTRIBUTOR})

KEEPERS = frozenset({Role.ADMIN, Role.MAINTAINER})


class MayNot(Forbidden):
    code = "role_too_low"


class NoSuchPerson(NotFound):
    code = "no_such_person"


class NoSuchTeam(NotFound):
    code = "no_such_team"


class NoSuchMember(NotFound):
    code = "no_such_member"


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


def list_people(user: User) -> QuerySet[User]:
    """Return everybody with their teams and live tokens, for administrators alone."""
    if not is_admin(user):
        raise MayNot("Only administrators manage people.")
    live = Q(api_tokens__revoked_at=None) & (
        Q(api_tokens__expires_at=None) | Q(api_tokens__expires_at__gt=timezone.now())
    )
    confirmed = TOTPDevice.objects.filter(confirmed=True)
    teams = TeamMembership.objects.select_related("team__namespace").order_by("id")
    return (
        User.objects.exclude(namespace=None)
        .annotate(
            live_tokens=Count("api_tokens", filter=live),
            second_factor=Exists(confirmed.filter(user=OuterRef("pk"))),
        )
        .prefetch_related(Prefetch("memberships", teams))
        .order_by("username")
    )


def get_person(user: User, username: str) -> User:
    found = list_people(user).filter(username=username).first()
    if found is None:
        raise NoSuchPerson(f"There is no account '{username}'.")
    return found


def find_colleague(username: str) -> User:
    """Return an active person by name, as a member of a team to be."""
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise invalid_field("username", f"There is no active account '{username}'.")
    return found


def list_teams(user: User) -> QuerySet[Team]:
    """Return the teams the person is in; every team for administrators."""
    teams = Team.objects.select_related("namespace").order_by("namespace__slug")
    members = TeamMembership.objects.select_related("user").order_by("id")
    seen = teams if is_admin(user) else teams.filter(memberships__user=user)
    return seen.prefetch_related(Prefetch("memberships", members))


def get_team(user: User, slug: str, *, steer: bool = False) -> Team:
    """Return a team the person is in; `steer` asks for who may change it: its owners, admins."""
    found = list_teams(user).filter(namespace__slug=slug).first()
    if found is None:
        raise NoSuchTeam(f"There is no team '{slug}', or you are not in it.")
    owners = {member.user_id for member in found.memberships.all() if member.is_owner}
    if steer and not (is_admin(user) or user.pk in owners):
        raise MayNot("Only the team's owners change it.")
    return found


def get_member(team: Team, username: str) -> User:
    """Return a person of a team, active or not."""
    for member in team.memberships.all():
        if member.user.username == username:
            return member.user
    raise NoSuchMember(f"'{username}' is not in this team.")
