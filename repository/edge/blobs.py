"""Bytes by digest: whole or in ranges, for ever the same, never a page of ours."""

import mimetypes
import re
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Scope

from portal.accounts.edge import caller_of
from portal.core.http.edge import in_database
from repository.blobs.store import blob_store
from repository.models.blob import SHA256
from repository.selectors.files import NoSuchFile, get_blob

PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
Door = Callable[[Scope, str], str | None]
"""Given a request and a digest, return the digest if this caller may have it, None if unknown."""


def person_door(scope: Scope, sha256: str) -> str:
    """Let people and their tokens have what they may see."""
    return get_blob(caller_of(scope), sha256).sha256


class BlobEndpoint:
    """GET and HEAD of a blob. Each door knows one kind of caller; the last one refuses."""

    def __init__(self, *doors: Door) -> None:
        self._doors = doors

    async def __call__(self, request: Request) -> Response:
        sha256 = request.url.path.rpartition("/")[2]
        if not re.fullmatch(SHA256.regex, sha256):
            raise NoSuchFile("A digest of 64 lower-case hex digits is expected.")
        path = await in_database(self._open, request.scope, sha256)
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
        return FileResponse(
            path,
            headers=headers,
            media_type=_media_type(filename),
            filename=filename,
            content_disposition_type="attachment",
        )

    def _open(self, scope: Scope, sha256: str) -> Path:
        for door in self._doors:
            allowed = door(scope, sha256)
            if allowed is not None:
                path = blob_store().path(allowed)
                if path.exists():
                    return path
        raise NoSuchFile("There are no such bytes, or you may not see them.")


def _media_type(filename: str) -> str:
    """Pictures may be shown inside a page; everything else is just bytes."""
    guessed, _ = mimetypes.guess_type(filename)
    return guessed if guessed in PICTURES else "application/octet-stream"
