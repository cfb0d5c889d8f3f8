"""The request of somebody who signed in, for the views behind `SignedIn`."""

from rest_framework.request import Request

from portal.accounts.models import User


class PersonRequest(Request):
    """What a view sees after its permission let the caller in; only a type, never made."""

    user: User
