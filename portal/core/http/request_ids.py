"""Every answer carries an id that the log knows too."""

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)
HEADER = b"x-request-id"
FAULT = 500
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that this thread or task works for; empty outside of one."""


class RequestIds:
    """An ASGI application whose requests have ids, the endpoints in front of Django included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = secrets.token_hex(8)
        request_id.set(named)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, named.encode())]
            await send(message)

        await self._app(scope, receive, told)


class FaultMiddleware:
    """Let a fault inside the API answer in the API's own shape, and name it in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != FAULT:
            return response
        logger.error("%s %s failed", request.method, request.path)
        if not request.path.startswith("/api/"):
            return response
        message = f"The server failed. Quote request {request_id.get()} to its administrator."
        return JsonResponse({"code": "fault", "message": message, "details": {}}, status=FAULT)
