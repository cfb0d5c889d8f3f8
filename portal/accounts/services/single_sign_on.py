"""Who somebody is whom the provider of single sign-on vouches for."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from portal.accounts.models import ExternalIdentity, Namespace, User
from portal.accounts.selectors.people import is_admin
from portal.accounts.selectors.second_factor import has_second_factor
from portal.accounts.services.administration import change_role
from portal.accounts.services.audit import record
from portal.accounts.services.people import create_user
from portal.accounts.types import Role
from portal.core.errors import Forbidden

NAME_CHARACTERS = 56


class SignOnRefused(Forbidden):
    code = "sso_refused"


@dataclass(frozen=True)
class Claims:
    """What a verified ID token says of somebody."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    preferred: str
    display_name: str
    groups: frozenset[str]


def read_claims(issuer: str, told: dict[str, Any]) -> Claims:
    """Take what is of use from the claims of a token; what has the wrong type counts as absent."""
    groups = told.get("groups")
    return Claims(
        issuer=issuer,
        subject=_text(told, "sub"),
        email=_text(told, "email").lower(),
        email_verified=told.get("email_verified") is True,
        preferred=_text(told, "preferred_username"),
        display_name=_text(told, "name")[:120],
        groups=frozenset(str(name) for name in groups) if isinstance(groups, list) else frozenset(),
    )


@transaction.atomic
def enter_by(claims: Claims) -> User:
    """Return the person of an identity, an old account linked to it, or a new one.

    Refuses with SignOnRefused who is not of an allowed domain, is not active, or whose address is
    that of an account which must not be taken over by whoever runs the provider's mail.
    """
    _check_domain(claims)
    known = (
        ExternalIdentity.objects.select_related("user")
        .filter(issuer=claims.issuer, subject=claims.subject)
        .first()
    )
    person = known.user if known else _link(claims) or _create(claims)
    if not person.is_active:
        raise SignOnRefused("This account is not active any more.", code="sso_inactive")
    wanted = _role_of(claims)
    if wanted is not None and wanted != person.role:
        change_role(person, person, wanted)
    return person


def _check_domain(claims: Claims) -> None:
    domains = settings.ENV.oidc_domains
    domain = claims.email.rpartition("@")[2]
    if domains and not (claims.email_verified and domain in domains):
        raise SignOnRefused("Your address is not of a domain that may sign in.", code="sso_domain")


def _link(claims: Claims) -> User | None:
    """Return the one account of a verified address, linked from now on, or nothing."""
    if not (claims.email and claims.email_verified):
        return None
    found = list(User.objects.filter(email__iexact=claims.email)[:2])
    if not found:
        return None
    person = found[0]
    if len(found) > 1 or is_admin(person) or has_second_factor(person):
        raise SignOnRefused(
            "An account here has your address and is not linked by itself. Sign in with its "
            "password, or ask an administrator.",
            code="sso_not_linked",
        )
    record(person, "person.link", person.username, issuer=claims.issuer)
    return _identified(person, claims)


def _create(claims: Claims) -> User:
    role = _role_of(claims) or Role(settings.ENV.oidc_role)
    person = create_user(_free_name(claims), None, role=role)
    person.display_name = claims.display_name
    person.email = claims.email if claims.email_verified else ""
    person.save(update_fields=["display_name", "email"])
    record(person, "person.sign_on", person.username, issuer=claims.issuer, role=str(role))
    return _identified(person, claims)


def _identified(person: User, claims: Claims) -> User:
    ExternalIdentity.objects.create(user=person, issuer=claims.issuer, subject=claims.subject)
    return person


def _role_of(claims: Claims) -> Role | None:
    """Return the highest role of the person's groups; nothing where none of them is named."""
    roles = {settings.ENV.oidc_groups.get(group) for group in claims.groups}
    return next((role for role in Role if role.value in roles), None)


def _free_name(claims: Claims) -> str:
    """Return a user name that nobody has, like the one the provider knows."""
    wished = claims.preferred.partition("@")[0] or claims.email.partition("@")[0]
    plain = unicodedata.normalize("NFKD", wished).encode("ascii", "ignore").decode().lower()
    spelled = re.sub(r"([.-])\1+", r"\1", re.sub(r"[^a-z0-9._-]+", "-", plain))
    name = spelled[:NAME_CHARACTERS].strip("._-") or "person"
    taken = set(Namespace.objects.filter(slug__startswith=name).values_list("slug", flat=True))
    tries = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(free for free in tries if free not in taken)


def _text(told: dict[str, Any], claim: str) -> str:
    found = told.get(claim)
    return found if isinstance(found, str) else ""
