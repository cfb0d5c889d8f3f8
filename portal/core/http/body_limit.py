"""A bound on request bodies: Django writes a body to the disk whole before it looks at it."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE = 413


class BodyLimit:
    """An ASGI application that takes at most so many bytes, whatever the length was said to be."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > self._most:
            await self._refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            # For Django the caller is gone: it drops what it has and answers nothing.
            return {"type": "http.disconnect"} if seen > self._most else message

        async def answer(message: Message) -> None:
            if seen <= self._most:
                await send(message)

        await self._app(scope, counted, answer)
        if seen > self._most:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"A request's body holds at most {self._most} bytes; files go to uploads."
        body = {"code": "body_too_large", "message": message, "details": {}}
        await JSONResponse(body, TOO_LARGE)(scope, receive, send)
