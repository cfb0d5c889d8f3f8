"""Bytes of wheels, from the disk to whoever installs a runner; anybody may."""

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from jobs.services.installing import wheel_store
from portal.core.errors import NotFound

WHEELS = "/runner/wheels/"


class NoSuchWheel(NotFound):
    code = "no_such_wheel"


async def send_wheel(request: Request) -> Response:
    """Give out one wheel by its file name."""
    name = request.scope["path"].removeprefix(WHEELS)
    wheel = await anyio.to_thread.run_sync(wheel_store().find, name)
    if wheel is None:
        raise NoSuchWheel(f"There is no wheel {name} here. The list is at /runner/simple/.")
    return FileResponse(wheel.path, media_type="application/octet-stream")
