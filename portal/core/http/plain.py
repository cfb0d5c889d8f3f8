"""The request beneath that of the REST framework."""

from django.http import HttpRequest
from rest_framework.request import Request


def plain(request: Request) -> HttpRequest:
    """Return the request that Django's own functions take; the framework gives no public way."""
    return request._request  # noqa: SLF001
