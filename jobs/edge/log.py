"""Parts of logs: those that come while others are written wait, and are then written together.

By themselves, two hundred boards with a line a second are two hundred transactions a second: the
way there and the commits are dearer than the bytes.
"""

import asyncio
from functools import cache

from ondol_runner.protocol import LogReply, encode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.status import HTTP_416_RANGE_NOT_SATISFIABLE

from jobs.edge.bearers import Stranger, secret_of
from jobs.selectors.devices import find_attempt
from jobs.services.logs import Answer, LogGap, LogPart, append_parts
from jobs.services.messages import WrongMessage, begin_of
from portal.core.errors import Refusal
from portal.core.http.edge import in_database
from portal.core.http.streams import receive

LARGEST_PART = 256 * 1024
MOST_AT_ONCE = 64


async def append(request: Request) -> Response:
    """Answer PATCH with how long the log is now; 416 says it where a part does not fit there."""
    secret = secret_of(request.scope)
    content = await receive(request, most=LARGEST_PART)
    try:
        begin = begin_of(request.headers.get("Content-Range", ""), content)
    except WrongMessage:
        if await in_database(find_attempt, secret) is None:
            raise Stranger from None
        raise
    attempt_id = request.scope["path"].split("/")[4]
    answer = await _gathering().add(LogPart(attempt_id, secret, begin, content))
    if answer is None:
        raise Stranger
    if isinstance(answer, LogGap):
        body = encode(LogReply(answer.size))
        return JSONResponse(body, status_code=HTTP_416_RANGE_NOT_SATISFIABLE)
    if isinstance(answer, Refusal):
        raise answer
    return JSONResponse(encode(LogReply(answer)))


class _Gathering:
    """Parts that wait for their turn; one writing at a time takes along what came until then."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._parts: list[LogPart] = []
        self._answers: asyncio.Task[list[Answer]] | None = None

    async def add(self, part: LogPart) -> Answer:
        if self._answers is None or len(self._parts) == MOST_AT_ONCE:
            self._parts = []
            self._answers = asyncio.create_task(self._write(self._parts))
        number, answers = len(self._parts), self._answers
        self._parts.append(part)
        # Who gives up takes nobody else along.
        return (await asyncio.shield(answers))[number]

    async def _write(self, parts: list[LogPart]) -> list[Answer]:
        async with self._turn:
            if parts is self._parts:
                self._answers = None
            return await in_database(append_parts, parts)


@cache
def _gathering() -> _Gathering:
    return _Gathering()
