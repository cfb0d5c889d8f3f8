"""The requests that views behind `SignedIn` see."""

from rest_framework.request import Request

from portal.accounts.models import User


class PersonRequest(Request):
    """What a view sees after its permission let the caller in; only a type, never made."""

    user: User


class ReaderRequest(Request):
    """The same for a view that is `open_to_read`: where nobody signed in, there is no user."""

    user: User | None  # type: ignore[assignment]
