"""The bytes of a file at a revision: what every download is made of."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from portal.core.http.edge import in_database
from repository.blobs.delivery import deliver
from repository.blobs.git import is_large
from repository.hub.asking import Ask, make_ask
from repository.hub.errors import error_answer
from repository.models import Blob
from repository.selectors.files import find_file, refuse_blocked, refuse_damaged
from repository.services.downloads import begins_download, count_download
from repository.services.git_oids import git_oid
from repository.services.verification import sample_download

MEDIA_TYPE = "application/octet-stream"


async def resolve(request: Request) -> Response:
    """Answer GET and HEAD, whole or in ranges.

    Clients of different ages treat a redirect of HEAD differently; none of them minds a plain
    answer. The bytes of a GET may come from the bucket or the server in front.
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
    # HEAD tells of such a file too: a client shows the sentence of a refused GET only.
    if request.method == "GET":
        refuse_blocked(file.blob)
        refuse_damaged(file.blob_id)
    headers = {**_headers(file.blob), "X-Repo-Commit": snapshot.sha}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if begins_download(request.method, request.headers.get("Range")):
        sample_download(file.blob.sha256)
        count_download(file.revision.ai_model)
    if request.method == "HEAD":
        length = {"Content-Length": str(file.blob.size_bytes)}
        return Response(headers={**headers, **length}, media_type=MEDIA_TYPE)
    if_range = request.headers.get("If-Range")
    return deliver(file.blob.sha256, Path(path).name, headers, MEDIA_TYPE, if_range)


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
