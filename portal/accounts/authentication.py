"""Who is asking: a bearer token first, and the portal's session cookie otherwise."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.accounts.models import ApiToken, User
from portal.accounts.scopes import is_under
from portal.accounts.selectors.second_factor import second_factor_of
from portal.accounts.selectors.tokens import find_token
from portal.accounts.services.entering import try_secret
from portal.accounts.services.sign_ins import note_visit
from portal.accounts.services.tokens import note_use
from portal.accounts.types import SecondFactor
from portal.core.errors import Forbidden
from portal.core.http.plain import plain

CALLER = "ondol.caller"
"""Where a request's scope holds the id of who is asking, once somebody found out."""
OPEN_BEFORE = ("/api/v1/me", "/api/v1/session")
"""What an administrator reaches who has yet to set up the second factor that is asked of them."""


class SecondFactorRequired(Forbidden):
    code = "second_factor_required"


class WrongToken(AuthenticationFailed):
    default_code = "wrong_token"
    default_detail = "This token is unknown, expired or revoked. Make a new one in the portal."


def bearer_of(request: HttpRequest | Request) -> str:
    """Return the bearer secret of a request, or nothing."""
    kind, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def name_caller(request: HttpRequest | Request, user: User) -> None:
    """Tell who asks to whoever notes refusals, in front of Django; other servers note none."""
    scope = getattr(request, "scope", {})
    scope.get(CALLER, {})["id"] = user.pk


def address_of(request: HttpRequest | Request) -> str:
    """Return where a request comes from: `portal.asgi` believes only the proxies of the setting."""
    return str(request.META.get("REMOTE_ADDR") or "")


class BearerAuthentication(BaseAuthentication):
    """A token never reads cookies, so no request with one can be forged from another site."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        secret = bearer_of(request)
        if not secret:
            return None
        address = address_of(request)
        token = try_secret(secret, address, find_token)
        if token is None:
            raise WrongToken
        name_caller(request, token.user)
        note_use(token, address)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        del request
        return "Bearer"


class PortalSessionAuthentication(SessionAuthentication):
    """The portal's cookie; every change needs the CSRF header too."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        if bearer_of(request):
            return None
        if isinstance(user := plain(request).user, User):
            # Named before the CSRF check, which refuses in the name of who is signed in.
            name_caller(request, user)
        found = super().authenticate(request)
        if found is not None:
            _ask_second_factor(request, found[0])
            note_visit(found[0], request.session.session_key or "")
        return found


def _ask_second_factor(request: Request, user: User) -> None:
    """Let whoever must set up a second factor do that, and nothing else."""
    if not settings.ENV.admin_second_factor or is_under(request.path, OPEN_BEFORE):
        return
    if second_factor_of(user) == SecondFactor.REQUIRED:
        raise SecondFactorRequired("Set up a second factor first, in the portal's settings.")
