"""Resumable uploads: tus 1.0 (core, creation, termination) on `/api/v1/uploads`."""

import base64
import binascii
import errno
import fcntl
import os
from typing import BinaryIO

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from portal.accounts.edge import caller_of
from portal.core.errors import Conflict, Invalid, invalid_field
from portal.core.http.edge import in_database
from portal.core.http.streams import batches
from repository.models import UploadSession
from repository.selectors.files import get_upload
from repository.services import uploads

TUS = {
    "Tus-Resumable": "1.0.0",
    "Tus-Version": "1.0.0",
    "Tus-Extension": "creation,termination,expiration",
    "Cache-Control": "no-store",
}
MEDIA_TYPE = "application/offset+octet-stream"


class UploadBusy(Conflict):
    code = "upload_busy"


class WrongMediaType(Invalid):
    code = "wrong_media_type"


async def create(request: Request) -> Response:
    """Open an upload: its length and name are in the headers, its bytes come with PATCH."""
    user = await in_database(caller_of, request.scope)
    size = _number(request, "Upload-Length")
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    upload = await in_database(
        uploads.start_upload, user, filename=metadata.get("filename", ""), size_bytes=size
    )
    location = f"/api/v1/uploads/{upload.id}"
    return Response(status_code=201, headers={**TUS, "Location": location, **_expiry(upload)})


async def offset(request: Request) -> Response:
    """Tell how many bytes are safe: where the client goes on."""
    upload = await _upload(request)
    headers = {
        "Upload-Offset": str(uploads.offset_of(upload)),
        "Upload-Length": str(upload.size_bytes),
    }
    return Response(status_code=200, headers={**TUS, **headers, **_expiry(upload)})


async def append(request: Request) -> Response:
    """Add bytes where the file ends; a cut connection keeps what arrived.

    With the last byte the file becomes a blob and a sandboxed reader looks at it: the answer comes
    after that, so that the next call already knows the finding.
    """
    upload = await _upload(request)
    if request.headers.get("Content-Type") != MEDIA_TYPE:
        raise WrongMediaType(f"Send the bytes as {MEDIA_TYPE}.")
    start = _number(request, "Upload-Offset")
    with _one_writer(upload) as part:
        uploads.check_offset(upload, start)
        end = await _receive(request, part, start, upload.size_bytes)
    await in_database(uploads.keep, upload)
    if end == upload.size_bytes:
        upload = await in_database(uploads.finish_upload, upload)
    headers = {"Upload-Offset": str(end), "Ondol-Upload-State": upload.state}
    return Response(status_code=204, headers={**TUS, **headers, **_expiry(upload)})


async def terminate(request: Request) -> Response:
    upload = await _upload(request)
    await in_database(uploads.drop_upload, upload)
    return Response(status_code=204, headers=TUS)


async def describe(request: Request) -> Response:
    """Say what this server speaks."""
    del request
    return Response(status_code=204, headers=TUS)


async def _upload(request: Request) -> UploadSession:
    upload_id = request.url.path.rpartition("/")[2]

    def find() -> UploadSession:
        return get_upload(caller_of(request.scope), upload_id)

    return await in_database(find)


def _one_writer(upload: UploadSession) -> BinaryIO:
    """Open the file of an upload for one request at a time; closing it lets the next one in."""
    path = uploads.part_path(upload)
    part = path.open("ab") if path.exists() else open(os.devnull, "ab")  # noqa: SIM115, PTH123
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        part.close()
        if error.errno not in {errno.EAGAIN, errno.EACCES}:
            raise
        raise UploadBusy("Another request is sending this upload. Try again shortly.") from error
    return part


async def _receive(request: Request, part: BinaryIO, start: int, size: int) -> int:
    """Write the body as it comes and return the offset that is safe on the disk."""
    end = start
    try:
        async for batch in batches(request):
            if end + len(batch) > size:
                raise invalid_field("file", "More bytes came than Upload-Length announced.")
            await anyio.to_thread.run_sync(part.write, batch)
            end += len(batch)
    except ClientDisconnect:
        pass
    finally:
        await anyio.to_thread.run_sync(_sync, part)
    return end


def _sync(part: BinaryIO) -> None:
    part.flush()
    if part.name != os.devnull:
        os.fsync(part.fileno())


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit():
        raise invalid_field(header, f"The header {header} must be a number of bytes.")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Read `key base64,key base64`."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise invalid_field(
                "Upload-Metadata", f"The value of '{key}' is not base64."
            ) from error
    return found


def _expiry(upload: UploadSession) -> dict[str, str]:
    return {"Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
