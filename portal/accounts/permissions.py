"""What a view asks of the caller before it asks the selectors."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.accounts.models import ApiToken
from portal.accounts.types import Scope


class SignedIn(BasePermission):
    """A person or a token of theirs; a token that only reads changes nothing."""

    message = "This token may only read. Make one with the scope `write`."

    def has_permission(self, request: Request, view: object) -> bool:
        del view
        if not (request.user and request.user.is_authenticated):
            return False
        token = request.auth
        if isinstance(token, ApiToken) and token.scope == Scope.READ:
            return request.method in SAFE_METHODS
        return True
