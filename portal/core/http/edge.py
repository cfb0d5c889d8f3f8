"""What the small ASGI endpoints share: answers, and work on the database off the event loop.

Under ASGI Django spools a request's body whole and reads a file into memory before it answers, so
bytes, held polls and event streams are endpoints of their own, in front of Django.
"""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import anyio.to_thread
from django.db import DatabaseError, connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from portal.core.errors import Refusal
from portal.core.faults import told
from portal.core.http.database_slots import database_slot
from portal.core.http.errors import body_of, headers_of, status_of

P = ParamSpec("P")
T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


async def in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that uses the database in a thread, and give its connection back after."""

    def call() -> T:
        with database_slot():
            try:
                return work(*args, **kwargs)
            finally:
                connections.close_all()

    return await anyio.to_thread.run_sync(call)


def edge(endpoint: Endpoint) -> ASGIApp:
    """Make an ASGI application of an endpoint; refusals answer in the API's one shape."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await endpoint(Request(scope, receive))
        except Unauthorized as refusal:
            body = {"code": refusal.code, "message": str(refusal), "details": {}}
            response = JSONResponse(body, status_code=refusal.status)
        except (Refusal, OSError, DatabaseError) as error:
            known = told(error)
            if known is None:
                raise
            response = JSONResponse(
                body_of(known),
                status_code=status_of(known),
                headers=headers_of(known, _asked(scope)),
            )
        await response(scope, receive, send)

    return app


def _asked(scope: Scope) -> str:
    url = Request(scope).url
    return f"{url.path}?{url.query}" if url.query else url.path


class Unauthorized(Exception):
    """Nobody, or nobody we know, is asking."""

    def __init__(self, message: str, *, code: str, status: int = 401) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
