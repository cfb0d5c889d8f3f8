"""The bytes of a file at a revision: what every download is made of."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from portal.core.http.edge import in_database
from repository.blobs.git import is_large
from repository.blobs.store import blob_store
from repository.hub.asking import Ask, make_ask
from repository.hub.errors import error_answer
from repository.models import Blob
from repository.selectors.files import find_file, refuse_blocked
from repository.services.git_oids import git_oid


async def resolve(request: Request) -> Response:
    """Answer GET and HEAD, whole or in ranges, always with the bytes themselves.

    Clients of different ages treat a redirect differently; none of them minds a plain answer.
    """
    return await in_database(lambda: _open(make_ask(request, {}), request))


def _open(ask: Ask, request: Request) -> Response:
    snapshot = ask.snapshot
    path = ask.place["path"]
    file = find_file(snapshot.revision, path) if snapshot.revision else None
    if file is None:
        message = f"There is no file '{path}' in this version."
        missing = error_answer(404, message, "EntryNotFound", "no_such_file")
        # With the commit, clients remember that the file is not there.
        missing.headers["X-Repo-Commit"] = snapshot.sha
        return missing
    # HEAD tells of a blocked file too: a client shows the sentence of a refused GET only.
    if request.method == "GET":
        refuse_blocked(file.blob)
    headers = {**_headers(file.blob), "X-Repo-Commit": snapshot.sha}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    name = Path(path).name
    return FileResponse(
        blob_store().path(file.blob.sha256),
        headers=headers,
        media_type="application/octet-stream",
        filename=name,
        content_disposition_type="attachment",
    )


def _headers(blob: Blob) -> dict[str, str]:
    large = is_large(blob.size_bytes)
    etag = f'"{blob.sha256 if large else git_oid(blob)}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if large:
        headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(blob.size_bytes)}
    return headers
