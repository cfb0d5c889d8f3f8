"""The request of somebody who signed in, for the views behind `SignedIn`."""

from django.http import HttpRequest
from rest_framework.request import Request

from portal.accounts.models import User


class PersonRequest(Request):
    """What a view sees after its permission let the caller in; only a type, never made."""

    user: User


def plain(request: Request) -> HttpRequest:
    """Return the request that Django's own functions take; the framework gives no public way."""
    return request._request  # noqa: SLF001
