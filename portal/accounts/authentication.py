"""Who is asking: a bearer token first, and the portal's session cookie otherwise."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.accounts.models import ApiToken, User
from portal.accounts.selectors.tokens import find_token


class WrongToken(AuthenticationFailed):
    default_code = "wrong_token"
    default_detail = "This token is unknown, expired or revoked. Make a new one in the portal."


def bearer_of(request: HttpRequest | Request) -> str:
    """Return the bearer secret of a request, or nothing."""
    kind, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


class BearerAuthentication(BaseAuthentication):
    """A token never reads cookies, so no request with one can be forged from another site."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        secret = bearer_of(request)
        if not secret:
            return None
        token = find_token(secret)
        if token is None:
            raise WrongToken
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        del request
        return "Bearer"


class PortalSessionAuthentication(SessionAuthentication):
    """The portal's cookie; every change needs the CSRF header too."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        return None if bearer_of(request) else super().authenticate(request)
