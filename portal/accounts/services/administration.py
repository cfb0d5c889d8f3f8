"""What administrators do with people. Every act is in the audit log; the last of them stays one."""

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import ApiToken, User
from portal.accounts.services.audit import record
from portal.accounts.services.people import create_user, setup_path
from portal.accounts.services.second_factor import drop_second_factor
from portal.accounts.types import Role
from portal.core.errors import Conflict


class LastAdmin(Conflict):
    code = "last_admin"


@transaction.atomic
def invite(
    admin: User, username: str, *, role: Role, display_name: str = "", email: str = ""
) -> tuple[User, str]:
    """Make a person without a password; return them with the path at which they set one, once."""
    person = create_user(username, None, role=role)
    person.display_name, person.email = display_name, email
    person.save(update_fields=["display_name", "email"])
    record(admin, "person.invite", username, role=str(role))
    return person, setup_path(person)


@transaction.atomic
def change_role(admin: User, person: User, role: Role) -> None:
    if role != Role.ADMIN:
        _keep_an_admin(person)
    was, person.role = person.role, role
    person.save(update_fields=["role"])
    record(admin, "person.role", person.username, was=was, role=str(role))


@transaction.atomic
def deactivate(admin: User, person: User) -> None:
    """End every sign-in and token of a person. What they made stays."""
    _keep_an_admin(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    record(admin, "person.deactivate", person.username)


@transaction.atomic
def reactivate(admin: User, person: User) -> None:
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(admin, "person.reactivate", person.username)


@transaction.atomic
def reset_password(admin: User, person: User) -> str:
    """Take a person's password and sign-ins away; return the path at which they set a new one."""
    person.set_unusable_password()
    person.save(update_fields=["password"])
    record(admin, "person.reset", person.username)
    return setup_path(person)


@transaction.atomic
def revoke_tokens(admin: User, person: User) -> int:
    """End every token of a person; return how many there were."""
    live = ApiToken.objects.filter(user=person, revoked_at=None)
    count = live.update(revoked_at=timezone.now())
    record(admin, "person.revoke_tokens", person.username, tokens=count)
    return count


@transaction.atomic
def forget(admin: User, person: User) -> None:
    """Take a person's name and address out of every row but the audit log, which keeps the act.

    The row itself stays without a name: what they wrote and asked for points at it. Their models
    must have gone to somebody else before.
    """
    _keep_an_admin(person)
    record(admin, "person.delete", person.username)
    revoke_tokens(admin, person)
    person.memberships.all().delete()
    drop_second_factor(person)
    person.identities.all().delete()
    person.namespace.delete()
    person.username = f"former-{person.pk}"
    person.display_name = person.email = ""
    person.is_active = False
    person.role = Role.VIEWER
    person.set_unusable_password()
    person.save()


def _keep_an_admin(person: User) -> None:
    """Refuse to lose the last administrator; two losses at once wait for each other here."""
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if [admin.pk for admin in admins] == [person.pk]:
        raise LastAdmin(
            f"{person.username} is the only administrator. Make somebody else one before."
        )
