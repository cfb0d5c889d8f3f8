"""Making people and teams."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import Namespace, Team, TeamMembership, User
from portal.accounts.models.user import SLUG
from portal.accounts.types import Role
from portal.core.errors import Conflict, Forbidden, invalid_field


class NameTaken(Conflict):
    code = "name_taken"


class WrongLink(Forbidden):
    code = "wrong_link"


def _check_slug(slug: str, field: str) -> None:
    try:
        SLUG(slug)
    except ValidationError as error:
        raise invalid_field(field, error.messages[0], "name_not_allowed") from error
    if Namespace.objects.filter(slug=slug).exists():
        raise NameTaken(f"'{slug}' is taken. Choose another name.", details={field: ["taken"]})


@transaction.atomic
def create_user(username: str, password: str | None, *, role: Role = Role.CONTRIBUTOR) -> User:
    """Make a person with a name of their own to publish under.

    Without a password nobody can sign in as them until one is set.
    """
    _check_slug(username, "username")
    user = User(username=username, role=role)
    if password is None:
        user.set_unusable_password()
    else:
        _set_password(user, password)
    user.save()
    Namespace.objects.create(slug=username, user=user)
    return user


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise invalid_field("password", " ".join(error.messages)) from error
    user.set_password(password)


def setup_path(user: User) -> str:
    """Return the path at which a person without a password sets one, once."""
    secret = default_token_generator.make_token(user)
    return f"/setup?user={user.username}&token={secret}"


def set_first_password(username: str, token: str, password: str) -> User:
    """Set a password by a one-time link; the link is worth nothing after."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or not default_token_generator.check_token(user, token):
        raise WrongLink("This link is used up or too old. Ask for a new one: manage.py setup_link")
    _set_password(user, password)
    user.save(update_fields=["password"])
    return user


@transaction.atomic
def create_team(slug: str, name: str, *, owner: User) -> Team:
    """Make a team, owned by one person at first."""
    _check_slug(slug, "slug")
    team = Team.objects.create(name=name)
    TeamMembership.objects.create(team=team, user=owner, is_owner=True)
    Namespace.objects.create(slug=slug, team=team)
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
