"""By which name and scheme a call came: what Django's middleware asks, for what is in front of it.

A page of another site that had its own name resolved to our address would else read, from within a
network, what is open to everybody in it.
"""

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Scope

BAD_REQUEST = 400
FORBIDDEN = 403
MOVED = 301


def misaddressed(scope: Scope) -> Response | None:
    """Return the answer to a call by a name that is not ours, or without https where we have it."""
    request = Request(scope)
    name, _ = split_domain_port(request.headers.get("Host", ""))
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        message = "This server has another name. An administrator lists names in"
        return _refusal(BAD_REQUEST, "unknown_host", f"{message} ONDOL_ALLOWED_HOSTS.")
    if not settings.SECURE_SSL_REDIRECT or request.url.scheme == "https":
        return None
    address = f"https://{settings.SECURE_SSL_HOST}{request.url.path}"
    if request.method not in {"GET", "HEAD"}:
        return _refusal(FORBIDDEN, "https_only", f"Send this to {address}.")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(address + query, MOVED)


def _refusal(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message, "details": {}}, status)
