"""Who is behind a token."""

from starlette.responses import JSONResponse, Response

from portal.accounts.selectors.people import list_namespaces
from portal.accounts.types import Scope
from repository.hub.asking import Ask


def whoami(ask: Ask) -> Response:
    user = ask.person()
    token = ask.token
    teams = [name for name in list_namespaces(user) if name.team_id is not None]
    role = "write" if token and token.scope in {Scope.WRITE, Scope.ADMIN} else "read"
    return JSONResponse(
        {
            "type": "user",
            "id": str(user.pk),
            "name": user.username,
            "fullname": user.display_name or user.username,
            "email": user.email or None,
            "isPro": False,
            "orgs": [{"type": "org", "name": name.slug, "roleInOrg": "write"} for name in teams],
            "auth": {
                "type": "access_token",
                "accessToken": {"displayName": token.name if token else "", "role": role},
            },
        }
    )
