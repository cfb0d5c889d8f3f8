"""Who asks at the doors of machines: the secret that a request carries, or nobody we know."""

from starlette.datastructures import Headers
from starlette.types import Scope

from portal.core.http.edge import Unauthorized


class Stranger(Unauthorized):
    def __init__(self) -> None:
        super().__init__(
            "No connected runner has this credential. Enroll it with a code from the portal.",
            code="wrong_runner",
        )


def secret_of(scope: Scope) -> str:
    """Return the bearer secret of a request, or nothing."""
    kind, _, secret = Headers(scope=scope).get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""
