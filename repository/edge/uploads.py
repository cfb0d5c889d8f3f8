"""Resumable uploads on `/api/v1/uploads`: tus 1.0, core and the extensions that ABILITIES names."""

from collections.abc import Awaitable, Callable
from functools import wraps

from django.conf import settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.accounts.edge import caller_of, peer_of
from portal.core.http.edge import in_database
from portal.core.http.errors import body_of
from portal.core.limits import Limit, network_of, take
from repository.edge.parts import ChecksumMismatch, Receiver, UploadBusy, only_writer
from repository.edge.tus_headers import (
    ABILITIES,
    ALWAYS,
    VERSION,
    check_media_type,
    expiry_of,
    read_checksum,
    read_metadata,
    read_number,
)
from repository.models import UploadSession
from repository.selectors.files import get_upload
from repository.services import uploads

Endpoint = Callable[[Request], Awaitable[Response]]
MISMATCH = 460


def speaks_tus(endpoint: Endpoint) -> Endpoint:
    """Refuse a version of the protocol that is not ours; a call without one is taken as ours."""

    @wraps(endpoint)
    async def checked(request: Request) -> Response:
        if request.headers.get("Tus-Resumable", VERSION) != VERSION:
            return Response(status_code=412, headers={**ALWAYS, "Tus-Version": VERSION})
        return await endpoint(request)

    return checked


@speaks_tus
async def create(request: Request) -> Response:
    """Open an upload: its length and name are in the headers, its bytes come with PATCH."""
    size = read_number(request, "Upload-Length")
    metadata = read_metadata(request)

    def start() -> UploadSession:
        user = caller_of(request.scope)
        take(Limit.UPLOAD_ADDRESS, network_of(peer_of(request.scope)))
        return uploads.start_upload(
            user,
            filename=metadata.get("filename", ""),
            size_bytes=size,
            owner=metadata.get("owner", ""),
        )

    upload = await in_database(start)
    location = {"Location": f"/api/v1/uploads/{upload.id}"}
    return Response(status_code=201, headers={**ALWAYS, **location, **expiry_of(upload)})


@speaks_tus
async def offset(request: Request) -> Response:
    """Tell how many bytes are safe: where the client goes on.

    An upload whose last byte came just before the server went away is finished here.
    """
    upload = await _upload(request)
    uploads.refuse_expired(upload)
    stands = uploads.offset_of(upload)
    if stands == upload.size_bytes:
        upload = await _finish(upload)
    headers = {"Upload-Offset": str(stands), "Upload-Length": str(upload.size_bytes)}
    return Response(status_code=200, headers={**ALWAYS, **headers, **_state_of(upload)})


@speaks_tus
async def append(request: Request) -> Response:
    """Add bytes where the file ends; a cut connection keeps what arrived.

    With the last byte the file becomes a blob and a sandboxed reader looks at it: the answer comes
    after that, so that the next call already knows the finding.
    """
    upload = await _upload(request)
    check_media_type(request)
    start = read_number(request, "Upload-Offset")
    checksum = read_checksum(request)
    uploads.check_offset(upload, start)
    try:
        with only_writer(upload) as part:
            # Somebody may have sent the same bytes while we waited for the caller's name.
            upload = await _upload(request)
            uploads.check_offset(upload, start)
            end = await Receiver(upload, part, start, checksum).receive(request)
            await in_database(uploads.keep, upload)
            if end == upload.size_bytes:
                upload = await in_database(uploads.finish_upload, upload)
    except ChecksumMismatch as refusal:
        return JSONResponse(body_of(refusal), status_code=MISMATCH, headers=ALWAYS)
    headers = {"Upload-Offset": str(end), **_state_of(upload)}
    return Response(status_code=204, headers={**ALWAYS, **headers})


@speaks_tus
async def terminate(request: Request) -> Response:
    upload = await _upload(request)
    await in_database(uploads.drop_upload, upload)
    return Response(status_code=204, headers=ALWAYS)


async def describe(request: Request) -> Response:
    """Say what this server speaks."""
    del request
    most = {"Tus-Max-Size": str(settings.ENV.upload_limit_bytes)}
    return Response(status_code=204, headers={**ALWAYS, **ABILITIES, **most})


async def _upload(request: Request) -> UploadSession:
    upload_id = request.url.path.rpartition("/")[2]

    def find() -> UploadSession:
        return get_upload(caller_of(request.scope), upload_id)

    return await in_database(find)


async def _finish(upload: UploadSession) -> UploadSession:
    """Go on where the server went away, unless a request is doing just that."""
    if upload.state in uploads.ENDED:
        return upload
    try:
        with only_writer(upload):
            return await in_database(uploads.finish_upload, upload)
    except UploadBusy:
        return upload


def _state_of(upload: UploadSession) -> dict[str, str]:
    return {"Ondol-Upload-State": upload.state, **expiry_of(upload)}
