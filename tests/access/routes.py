"""Every route of the product, read from Django's resolver and from the ASGI dispatcher."""

import re
from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, get_resolver

from portal import asgi
from repository.hub.app import ROUTES

VERBS = ("get", "post", "put", "patch", "delete")
Route = tuple[str, str]
# The dispatcher has one pattern, for this path.


def django_routes() -> set[Route]:
    """Return method and path of each view; a view without methods of its own counts as GET."""
    return set(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Sequence[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
            continue
        view = getattr(pattern.callback, "view_class", None)
        named = [verb.upper() for verb in VERBS if hasattr(view, verb)]
        for method in named or ["GET"]:
            yield method, "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def edge_routes() -> set[Route]:
    """Return what `portal.asgi` answers in front of Django."""
    found: set[Route] = set(asgi._exact) | set(asgi._placed)
    for method in asgi._upload:
        opens = method in {"POST", "OPTIONS"}
        found.add((method, asgi.UPLOADS if opens else f"{asgi.UPLOADS}/{{upload_id}}"))
    given_out = [
        asgi.PLACE + "{word}",
        asgi.BLOBS + "{sha256}",
        asgi.WHEELS + "{name}",
        asgi.NETRON + "{name}",
    ]
    found |= {(method, path) for path in given_out for method in ("GET", "HEAD")}
    for route in ROUTES:
        # Starlette answers HEAD wherever it answers GET, by the same endpoint.
        methods = set(route.methods or ()) - {"HEAD"}
        found |= {(method, asgi.HUB.rstrip("/") + route.path) for method in methods}
    return found
