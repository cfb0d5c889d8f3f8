"""What a view asks of the caller before it asks the selectors."""

from typing import Any, cast

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts.models import ApiToken
from portal.accounts.proof import check_proof
from portal.accounts.scopes import check_scope


class SignedIn(BasePermission):
    """A person, or a token of theirs within its scope.

    For the methods that a view names in `asks_proof` a session has to be proved lately.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        if not (request.user and request.user.is_authenticated):
            if not _is_open(request, view):
                return False
            # Nobody, as the selectors call whoever did not sign in.
            cast("Any", request).user = None
            return True
        token = request.auth
        if isinstance(token, ApiToken):
            check_scope(token, str(request.method), request.path)
        elif request.method in getattr(view, "asks_proof", ()):
            check_proof(request)
        return True


def _is_open(request: Request, view: object) -> bool:
    """Say whether a call reads what is public: views of that kind say `open_to_read`."""
    reads = request.method in {"GET", "HEAD"} and getattr(view, "open_to_read", False)
    return reads and bool(settings.ENV.anonymous_read)
