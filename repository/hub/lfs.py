"""Large files by git-lfs: a batch call names them, the bytes go to addresses that we signed."""

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.accounts.models import User
from portal.core.errors import Invalid, NotFound, Refusal
from portal.core.http.edge import in_database
from portal.core.http.errors import status_of
from portal.core.http.streams import receive_into
from portal.core.limits import Limit, network_of, take
from repository.hub.asking import Ask, objects_of, public, text_of
from repository.hub.capabilities import sign, unsign
from repository.models import UploadSession
from repository.models.blob import SHA256
from repository.selectors.files import find_own_blob
from repository.services.arrivals import expect_blob, find_arrival, take_arrival
from repository.services.incoming import incoming_folder
from repository.services.uploads import keep, part_path
from repository.types import Need, UploadState

PART_BYTES = 64 * 2**20
"""A larger file is sent in parts of this size, so that a cut costs one part."""
MEDIA_TYPE = "application/vnd.git-lfs+json"


class WrongObject(Invalid):
    code = "wrong_lfs_object"


class NoSuchArrival(NotFound):
    code = "no_such_arrival"


def batch(ask: Ask) -> Response:
    """Say of each object where its bytes go, or that they are here already."""
    owner = ask.ai_model(Need.WRITE).namespace.slug
    if text_of(ask.body, "operation") != "upload":
        raise WrongObject("Files are fetched from /resolve/; this call is for uploads.")
    in_parts = "multipart" in ask.body.get("transfers", [])
    user = ask.writer()
    take(Limit.UPLOAD_ADDRESS, network_of(ask.address))
    objects = [
        _offer(user, row, owner=owner, in_parts=in_parts) for row in objects_of(ask.body, "objects")
    ]
    several = any(
        "chunk_size" in row.get("actions", {}).get("upload", {}).get("header", {})
        for row in objects
    )
    body = {"transfer": "multipart" if several else "basic", "objects": objects}
    return JSONResponse(body, media_type=MEDIA_TYPE)


def _offer(user: User, row: dict[str, Any], *, owner: str, in_parts: bool) -> dict[str, Any]:
    oid, size = row.get("oid"), row.get("size")
    if not isinstance(oid, str) or not re.fullmatch(SHA256.regex, oid) or not isinstance(size, int):
        raise WrongObject("Each object needs its `oid`, a SHA-256, and its `size` in bytes.")
    answer: dict[str, Any] = {"oid": oid, "size": size}
    if find_own_blob(user, oid) is not None:
        return answer
    try:
        upload = expect_blob(user, oid, size, owner=owner)
    except Refusal as refusal:
        return {**answer, "error": {"code": status_of(refusal), "message": refusal.message}}
    href = public(f"/lfs/{sign('lfs', {'upload': upload.pk})}")
    action: dict[str, Any] = {"href": href}
    if in_parts and size > PART_BYTES:
        count = -(-size // PART_BYTES)
        parts = {str(number): f"{href}/{number}" for number in range(1, count + 1)}
        action["header"] = {"chunk_size": str(PART_BYTES), **parts}
    return {**answer, "actions": {"upload": action, "verify": {"href": f"{href}/verify"}}}


async def put_whole(request: Request) -> Response:
    """Take a file in one piece; a cut means that the client sends it again from the start."""
    upload = await in_database(_upload_of, request)
    if upload.state != UploadState.OPEN:
        return Response()
    with _scratch() as (path, target):
        await receive_into(request, target, most=upload.size_bytes)
        target.close()
        await in_database(take_arrival, upload, path)
    return Response()


async def put_part(request: Request) -> Response:
    """Take one part of a file, to the place where it belongs; sent again, it is written again."""
    upload = await in_database(_upload_of, request)
    number = int(request.path_params["part"])
    start = (number - 1) * PART_BYTES
    size = min(PART_BYTES, upload.size_bytes - start)
    if number < 1 or size <= 0:
        raise WrongObject(f"There is no part {number}.")
    if upload.state == UploadState.OPEN:
        with part_path(upload).open("r+b") as target:
            target.seek(start)
            received = await receive_into(request, target, most=size)
        if received != size:
            raise WrongObject(f"Part {number} has {size} bytes, but {received} came.")
        await in_database(keep, upload)
    return Response(headers={"ETag": f'"{upload.pk}-{number}"'})


async def complete(request: Request) -> Response:
    """Make a file of its parts; a part that is missing shows in the digest."""
    upload = await in_database(_upload_of, request)
    if upload.state == UploadState.OPEN:
        await in_database(take_arrival, upload, part_path(upload))
    return JSONResponse({})


async def verify(request: Request) -> Response:
    """Confirm that a file is here."""
    upload = await in_database(_upload_of, request)
    if upload.state == UploadState.OPEN:
        raise NoSuchArrival("This file has not arrived. Send it again.")
    return JSONResponse({})


def _upload_of(request: Request) -> UploadSession:
    found = unsign("lfs", request.path_params["word"], max_age_s=settings.ENV.upload_keep_s)
    upload = find_arrival(str(found["upload"]))
    if upload is None or upload.state == UploadState.EXPIRED:
        raise NoSuchArrival("This upload is gone. Begin again.")
    return upload


@contextlib.contextmanager
def _scratch() -> Iterator[tuple[Path, IO[bytes]]]:
    """Open a file that is gone after, unless somebody took it."""
    folder = incoming_folder()
    with tempfile.NamedTemporaryFile(dir=folder, prefix="lfs-", delete=False) as target:
        path = Path(target.name)
        try:
            yield path, target
        finally:
            path.unlink(missing_ok=True)
