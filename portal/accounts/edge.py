"""Who calls an ASGI endpoint: the same two ways as everywhere, by the same code."""

from collections.abc import Callable
from io import BytesIO
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from starlette.types import Scope

from portal.accounts.authentication import BearerAuthentication, PortalSessionAuthentication
from portal.accounts.models import ApiToken, User
from portal.accounts.scopes import check_scope
from portal.core.errors import NotFound
from portal.core.http.edge import Unauthorized

T = TypeVar("T")


def caller_of(scope: Scope) -> User:
    """Return the person behind a request, or raise Unauthorized. Uses the database."""
    user = find_caller(scope)
    if user is None:
        raise _nobody()
    return user


def read_as(scope: Scope, find: Callable[[User | None], T]) -> T:
    """Find something for the person behind a request, or for nobody among what is public.

    Nobody is told to sign in where that finds nothing: what is hidden sounds like what is not
    there.
    """
    user = find_caller(scope)
    if user is not None:
        return find(user)
    if not settings.ENV.anonymous_read:
        raise _nobody()
    try:
        return find(None)
    except NotFound as error:
        raise _nobody() from error


def find_caller(scope: Scope) -> User | None:
    """Return the person behind a request, nobody without one, or refuse what proves nothing."""
    request = ASGIRequest(dict(scope), BytesIO())
    SessionMiddleware(_unused).process_request(request)
    AuthenticationMiddleware(_unused).process_request(request)
    seen = Request(request, authenticators=[BearerAuthentication(), PortalSessionAuthentication()])
    try:
        user, token = seen.user, seen.auth
    except APIException as error:
        raise Unauthorized(
            str(error.detail), code=str(error.default_code), status=error.status_code
        ) from error
    if not isinstance(user, User):
        return None
    if isinstance(token, ApiToken):
        check_scope(token, str(request.method), request.path)
    return user


def _nobody() -> Unauthorized:
    return Unauthorized("Sign in, or send an API token.", code="not_authenticated")


def peer_of(scope: Scope) -> str:
    """Return where a connection comes from, as `address_of` does for Django."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def token_of(scope: Scope) -> ApiToken | None:
    """Return the API token behind a request, nothing without one, or raise Unauthorized."""
    request = ASGIRequest(dict(scope), BytesIO())
    try:
        token = Request(request, authenticators=[BearerAuthentication()]).auth
    except APIException as error:
        raise Unauthorized(str(error.detail), code=str(error.default_code)) from error
    return token if isinstance(token, ApiToken) else None


def _unused(_: HttpRequest) -> HttpResponse:
    return HttpResponse()
