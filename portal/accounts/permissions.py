"""What a view asks of the caller before it asks the selectors."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts.models import ApiToken
from portal.accounts.scopes import check_scope


class SignedIn(BasePermission):
    """A person, or a token of theirs within its scope."""

    def has_permission(self, request: Request, view: object) -> bool:
        del view
        if not (request.user and request.user.is_authenticated):
            return False
        token = request.auth
        if isinstance(token, ApiToken):
            check_scope(token, str(request.method), request.path)
        return True
