"""The single page of the portal, for every path that is no file and no API."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import ensure_csrf_cookie

NOT_BUILT = "The portal is not built yet. Run `make build`, then start the server again.\n"


@ensure_csrf_cookie
def portal_page(request: HttpRequest) -> HttpResponse:
    del request
    index: Path = settings.FRONTEND_DIST / "index.html"
    if not index.exists():
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain")
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
