"""Bytes by digest: whole or in ranges, for ever the same, never a page of ours."""

import mimetypes
import re
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from portal.accounts.edge import find_caller, read_as
from portal.core.http.edge import in_database
from repository.blobs.delivery import PICTURES, deliver
from repository.blobs.store import blob_store
from repository.models.blob import SHA256
from repository.selectors.access import find_model
from repository.selectors.files import NoSuchFile, get_blob, refuse_damaged
from repository.services.downloads import begins_download, count_download
from repository.services.verification import sample_download

Door = Callable[[Scope, str], str | None]
"""Given a request and a digest, return the digest if this caller may have it, None if unknown."""


def reader_door(scope: Scope, sha256: str) -> str:
    """Let people and their tokens have what they may see, and anybody what is public."""
    return read_as(scope, lambda user: get_blob(user, sha256)).sha256


class BlobEndpoint:
    """GET and HEAD of a blob. Each door knows one kind of caller; the last one refuses."""

    def __init__(self, *doors: Door) -> None:
        self._doors = doors

    async def __call__(self, request: Request) -> Response:
        sha256 = request.url.path.rpartition("/")[2]
        if not re.fullmatch(SHA256.regex, sha256):
            raise NoSuchFile("A digest of 64 lower-case hex digits is expected.")
        await in_database(self._enter, request.scope, sha256)
        etag = f'"{sha256}"'
        headers = {
            "ETag": etag,
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if request.headers.get("If-None-Match") == etag:
            return Response(status_code=304, headers=headers)
        filename = Path(request.query_params.get("filename", "")).name or sha256
        media_type = _media_type(filename)
        # A picture of a README is looked at with every visit of its page.
        looked_at = media_type in PICTURES
        if not looked_at and begins_download(request.method, request.headers.get("Range")):
            await in_database(_note, request, sha256)
        if_range = request.headers.get("If-Range")
        return await in_database(deliver, sha256, filename, headers, media_type, if_range)

    def _enter(self, scope: Scope, sha256: str) -> None:
        allowed = any(door(scope, sha256) is not None for door in self._doors)
        if not allowed or not blob_store().exists(sha256):
            raise NoSuchFile("There are no such bytes, or you may not see them.")
        refuse_damaged(sha256)


def _note(request: Request, sha256: str) -> None:
    """Count the download to the model whose page led here, and verify some of what is read."""
    sample_download(sha256)
    owner, _, name = request.query_params.get("model", "").partition("/")
    found = find_model(find_caller(request.scope), owner, name) if name else None
    if found is not None and found.revisions.filter(files__blob=sha256).exists():
        count_download(found)


def _media_type(filename: str) -> str:
    """Pictures may be shown inside a page; everything else is just bytes."""
    guessed, _ = mimetypes.guess_type(filename)
    return guessed if guessed in PICTURES else "application/octet-stream"
