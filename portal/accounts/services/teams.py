"""Making teams and changing who belongs to them."""

from django.db import transaction
from django.db.models import ProtectedError

from portal.accounts.models import Namespace, Team, TeamMembership, User
from portal.accounts.services.audit import record
from portal.accounts.services.people import NameTaken, check_slug
from portal.core.errors import Conflict


class LastOwner(Conflict):
    code = "last_owner"


class TeamOwnsModels(Conflict):
    code = "team_owns_models"


@transaction.atomic
def create_team(slug: str, name: str, *, owner: User) -> Team:
    """Make a team, owned by one person at first."""
    check_slug(slug, "slug")
    team = Team.objects.create(name=name)
    TeamMembership.objects.create(team=team, user=owner, is_owner=True)
    Namespace.objects.create(slug=slug, team=team)
    record(owner, "team.create", slug)
    return team


@transaction.atomic
def join_team(slug: str, name: str, user: User) -> Team:
    """Make a person a member of the team `slug`, which is made if there is none.

    Refuses a slug that a person publishes under.
    """
    namespace = Namespace.objects.select_related("team").filter(slug=slug).first()
    if namespace is None:
        return create_team(slug, name, owner=user)
    if namespace.team is None:
        raise NameTaken(f"'{slug}' is a person's name here.", details={"owner": ["taken"]})
    TeamMembership.objects.get_or_create(team=namespace.team, user=user)
    return namespace.team


@transaction.atomic
def set_member(actor: User, team: Team, person: User, *, is_owner: bool) -> None:
    """Add a person to a team, or change whether they own it."""
    if not is_owner:
        _keep_an_owner(team, person)
    TeamMembership.objects.update_or_create(team=team, user=person, defaults={"is_owner": is_owner})
    record(actor, "team.member", team.namespace.slug, person=person.username, owner=int(is_owner))


@transaction.atomic
def remove_member(actor: User, team: Team, person: User) -> None:
    _keep_an_owner(team, person)
    TeamMembership.objects.filter(team=team, user=person).delete()
    record(actor, "team.leave", team.namespace.slug, person=person.username)


@transaction.atomic
def rename_team(actor: User, team: Team, name: str) -> None:
    """Change the name that people read; the one in addresses stays."""
    team.name = name
    team.save(update_fields=["name"])
    record(actor, "team.rename", team.namespace.slug, name=name)


@transaction.atomic
def delete_team(actor: User, team: Team) -> None:
    """Delete a team that owns nothing."""
    slug = team.namespace.slug
    try:
        team.namespace.delete()
    except ProtectedError as error:
        raise TeamOwnsModels(
            f"{slug} owns models or test data. Move or delete them before."
        ) from error
    team.delete()
    record(actor, "team.delete", slug)


def _keep_an_owner(team: Team, person: User) -> None:
    """Refuse to lose the last owner; two losses at once wait for each other here."""
    owners = team.memberships.select_for_update().filter(is_owner=True).order_by("pk")
    if [owner.user_id for owner in owners] == [person.pk]:
        raise LastOwner(f"{person.username} is this team's only owner. Make another one before.")
