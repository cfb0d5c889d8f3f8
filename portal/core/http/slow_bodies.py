"""An end for bodies that come too slowly: a connection held open costs its sender nothing."""

import asyncio
import time

from django.conf import settings
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_SLOW = 408
REFUSED = {
    "code": "body_too_slow",
    "message": "The request's body came too slowly. Send it again.",
    "details": {},
}


class SlowBodies:
    """An ASGI application that waits so long for the next piece of a body; `whole`: for all of it.

    To the application inside, a sender who is too slow is gone. What it has to say then, the offset
    of an upload for example, is sent with the last of the connection; else the answer is 408.
    """

    def __init__(self, app: ASGIApp, *, whole: bool = False) -> None:
        self._app = app
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, whole=self._whole)
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = True
            if body.late and message["type"] == "http.response.start":
                last = (b"connection", b"close")
                message = {**message, "headers": [*message.get("headers", []), last]}
            await send(message)

        try:
            await self._app(scope, body.receive, answer)
        except ClientDisconnect:
            if not body.late:
                raise
        if body.late and not started:
            await JSONResponse(REFUSED, TOO_SLOW)(scope, receive, answer)


class _Body:
    def __init__(self, receive: Receive, *, whole: bool) -> None:
        self._receive = receive
        self._until = time.monotonic() + settings.ENV.body_whole_s if whole else None
        self._more = True
        self.late = False

    async def receive(self) -> Message:
        if self.late:
            return {"type": "http.disconnect"}
        if not self._more:
            # What comes after the body is the end of the connection, which may be waited for.
            return await self._receive()
        try:
            async with asyncio.timeout(self._patience()):
                message = await self._receive()
        except TimeoutError:
            self.late = True
            return {"type": "http.disconnect"}
        self._more = bool(message.get("more_body", False))
        return message

    def _patience(self) -> float:
        pause: float = settings.ENV.body_pause_s
        return pause if self._until is None else min(pause, self._until - time.monotonic())
