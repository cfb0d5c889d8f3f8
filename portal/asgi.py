"""The ASGI application: what carries bytes or waits is answered here, the rest by Django."""

import asyncio
import os
import re
import warnings
from typing import Any, cast

# WhiteNoise hands out small files of our own build by an iterator that Django reads whole.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.base")

from django.conf import settings
from django.core.asgi import get_asgi_application

django_application: Any = get_asgi_application()

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from jobs.edge.archive import archive
from jobs.edge.blobs import attempt_door, result_door
from jobs.edge.claim import hold_claim
from jobs.edge.events import stream_events
from jobs.edge.log import append as append_log
from jobs.edge.wheels import WHEELS, send_wheel
from portal.accounts.audit_export import export_audit
from portal.accounts.services.denials import WINDOW_S, DenialLog
from portal.accounts.watch import DenialWatch
from portal.core.http.addresses import misaddressed
from portal.core.http.body_limit import BodyLimit
from portal.core.http.edge import edge, in_database
from portal.core.http.headers import SafeHeaders
from portal.core.http.request_ids import RequestIds
from portal.core.http.slow_bodies import SlowBodies
from portal.core.memory import settle_memory
from repository.blobs.delivery import PLACE
from repository.edge import uploads
from repository.edge.blobs import BlobEndpoint, reader_door
from repository.edge.bytes import send_bytes
from repository.edge.netron import netron
from repository.hub.app import hub
from repository.services.raw_views import NETRON

UPLOADS = "/api/v1/uploads"
BLOBS = "/api/v1/blobs/"
HUB = "/hf/"
# Where Xet clients report how long things took, whatever the address of their store.
TELEMETRY = "/v1/telemetry"

_given_out = {
    PLACE: edge(send_bytes),
    BLOBS: edge(BlobEndpoint(attempt_door, result_door, reader_door)),
    WHEELS: edge(send_wheel),
    NETRON: netron,
}
_upload = {
    "POST": edge(uploads.create),
    "OPTIONS": edge(uploads.describe),
    "HEAD": edge(uploads.offset),
    "PATCH": edge(uploads.append),
    "DELETE": edge(uploads.terminate),
}
# Django alone: what carries bytes counts them itself.
_django = SlowBodies(BodyLimit(django_application, settings.ENV.body_limit_bytes), whole=True)
_exact: dict[tuple[str, str], ASGIApp] = {
    ("GET", "/api/v1/audit/export"): edge(export_audit),
    ("GET", "/api/v1/events"): edge(stream_events),
    ("POST", "/runner/v1/claim"): edge(hold_claim),
}
_placed: dict[tuple[str, str], ASGIApp] = {
    ("GET", "/api/v1/models/{owner}/{name}/archive"): edge(archive),
    ("PATCH", "/runner/v1/attempts/{attempt_id}/log"): edge(append_log),
}
_patterns = [
    (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), app)
    for (method, path), app in _placed.items()
]


def _find(method: str, path: str) -> ASGIApp:
    if path == UPLOADS and method in {"POST", "OPTIONS"}:
        return _upload[method]
    if path.startswith(f"{UPLOADS}/") and method in _upload:
        return _upload[method]
    if path.startswith(HUB) or path == TELEMETRY:
        return hub
    if method in {"GET", "HEAD"}:
        for prefix, app in _given_out.items():
            if path.startswith(prefix):
                return app
    found = (app for verb, shape, app in _patterns if verb == method and shape.fullmatch(path))
    return next(found, None) or _exact.get((method, path), _django)


async def _dispatch(scope: Scope, receive: Receive, send: Send) -> None:
    app = _find(scope["method"], scope["path"])
    # Django asks by itself.
    refusal = None if app is _django else misaddressed(scope)
    await (refusal or app)(scope, receive, send)


_denials = DenialLog()
_dressed = RequestIds(
    SafeHeaders(
        DenialWatch(SlowBodies(_dispatch), _denials),
        hsts_s=settings.SECURE_HSTS_SECONDS,
        pictures=settings.ENV.bytes_url,
    )
)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _dressed(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)


async def _live(receive: Receive, send: Send) -> None:
    tending = asyncio.create_task(_tend())
    settle_memory()
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            tending.cancel()
            await in_database(_denials.close_window, now=True)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _tend() -> None:
    """Write down denials that came again, also when none comes any more."""
    while True:
        await asyncio.sleep(WINDOW_S)
        await in_database(_denials.close_window)


# Here, not in the server's options: whatever serves us believes only the proxies of the setting.
application = ProxyHeadersMiddleware(
    cast("Any", _answer), trusted_hosts=settings.ENV.trusted_proxies
)
