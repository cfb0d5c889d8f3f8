"""Request bodies as they come: bytes that go to the disk and never lie in memory whole."""

from collections.abc import AsyncIterator
from typing import IO

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request

from portal.core.errors import TooLarge

BATCH = 1 << 20


class TooManyBytes(TooLarge):
    code = "too_many_bytes"


async def batches(request: Request) -> AsyncIterator[bytes]:
    """Gather what the network hands over in small pieces, so that the disk sees larger ones."""
    gathered = bytearray()
    try:
        async for piece in request.stream():
            gathered += piece
            if len(gathered) >= BATCH:
                yield bytes(gathered)
                gathered.clear()
    except ClientDisconnect:
        if gathered:
            yield bytes(gathered)
        raise
    if gathered:
        yield bytes(gathered)


async def receive(request: Request, *, most: int) -> bytes:
    """Return a small body whole; refuse the first byte over the most."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise TooManyBytes(f"At most {most} bytes are taken here.")
    return bytes(content)


async def receive_into(request: Request, target: IO[bytes], *, most: int) -> int:
    """Write a body to a file and return its size; refuse the first byte over the most."""
    size = 0
    async for batch in batches(request):
        size += len(batch)
        if size > most:
            raise TooManyBytes(f"At most {most} bytes are taken here.")
        await anyio.to_thread.run_sync(target.write, batch)
    return size
