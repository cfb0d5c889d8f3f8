"""What each scope of a token opens; what its person may not do, it never may."""

from portal.accounts.models import ApiToken
from portal.accounts.types import Scope
from portal.core.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# A token that leaks must not make itself a longer life, so accounts are behind the widest scope.
ACCOUNTS = (
    "/api/v1/audit",
    "/api/v1/me/password",
    "/api/v1/me/second-factor",
    "/api/v1/people",
    "/api/v1/sessions",
    "/api/v1/system",
    "/api/v1/tokens",
)
QUOTAS = ("/api/v1/storage",)
FOR_DEVICES = (
    "/api/v1/blobs",
    "/api/v1/me",
    "/api/v1/models",
    "/api/v1/resolve",
    "/api/v1/search",
    "/device/v1",
    "/hf",
)
FOR_RUNNERS = (
    "/api/v1/device-profiles",
    "/api/v1/devices",
    "/api/v1/me",
    "/api/v1/runners",
)


class TokenMayNot(Forbidden):
    code = "token_scope"


def check_scope(token: ApiToken, method: str, path: str) -> None:
    """Let a call of a token through, or refuse it naming the scope that would do."""
    reads = method in SAFE
    if token.scope == Scope.ADMIN:
        return
    if is_under(path, ACCOUNTS) or (is_under(path, QUOTAS) and not reads):
        raise TokenMayNot("This takes a token with the scope `admin`, or the portal.")
    if token.scope == Scope.WRITE:
        return
    if token.scope == Scope.RUNNER:
        if not is_under(path, FOR_RUNNERS):
            raise TokenMayNot("This token only connects runners. Make one with the scope `read`.")
        return
    if token.scope == Scope.DEVICE and not is_under(path, FOR_DEVICES):
        raise TokenMayNot("This token only finds and fetches models. Make one to `read`.")
    if not reads:
        check_writes(token)


def check_writes(token: ApiToken) -> None:
    """Refuse a token that may not change models."""
    if token.scope not in {Scope.WRITE, Scope.ADMIN}:
        message = "This token may only read. Make one with the scope `write`."
        raise TokenMayNot(message, code="token_only_reads")


def is_under(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)
