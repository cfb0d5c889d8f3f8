"""Making people, and their passwords."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import Namespace, User
from portal.accounts.models.user import SLUG
from portal.accounts.services.audit import record
from portal.accounts.types import Role
from portal.core.errors import Conflict, Forbidden, invalid_field
from portal.core.limits import Limit, forgive, take


class NameTaken(Conflict):
    code = "name_taken"


class WrongLink(Forbidden):
    code = "wrong_link"


def check_spelling(slug: str, field: str) -> None:
    """Refuse a name that cannot stand in an address, or that Hugging Face clients refuse."""
    try:
        SLUG(slug)
    except ValidationError as error:
        raise invalid_field(field, error.messages[0], "name_not_allowed") from error
    if "--" in slug or ".." in slug or slug.endswith((".git", ".ipynb")):
        raise invalid_field(
            field,
            "Use no two dots or hyphens in a row, and no .git or .ipynb at the end.",
            "name_not_allowed",
        )


def check_slug(slug: str, field: str) -> None:
    """Refuse a name that is not allowed, or that somebody has."""
    check_spelling(slug, field)
    if Namespace.objects.filter(slug=slug).exists():
        raise NameTaken(f"'{slug}' is taken. Choose another name.", details={field: ["taken"]})


@transaction.atomic
def create_user(username: str, password: str | None, *, role: Role = Role.CONTRIBUTOR) -> User:
    """Make a person with a name of their own to publish under.

    Without a password nobody can sign in as them until one is set.
    """
    check_slug(username, "username")
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


@transaction.atomic
def set_first_password(username: str, token: str, password: str) -> User:
    """Set a password by a one-time link; the link is worth nothing after."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or not default_token_generator.check_token(user, token):
        raise WrongLink("This link is used up or too old. Ask an administrator for a new one.")
    _set_password(user, password)
    user.save(update_fields=["password"])
    record(user, "person.first_password", username)
    return user


@transaction.atomic
def prove_password(user: User, password: str, field: str) -> None:
    """Let the person of a session show that it is still them."""
    take(Limit.SIGN_IN_ACCOUNT, "own", str(user.pk))
    if not user.check_password(password):
        raise invalid_field(field, "This is not your password now.", "wrong_password")
    forgive(Limit.SIGN_IN_ACCOUNT, "own", str(user.pk))


def change_password(user: User, old: str, new: str) -> None:
    """Change a password, which ends every other sign-in of the person."""
    prove_password(user, old, "old_password")
    _set_password(user, new)
    user.save(update_fields=["password"])
    record(user, "person.password", user.username)


@transaction.atomic
def change_profile(user: User, **fields: str) -> User:
    for field, value in fields.items():
        setattr(user, field, value)
    user.save(update_fields=list(fields))
    record(user, "person.profile", user.username, fields=", ".join(sorted(fields)))
    return user
