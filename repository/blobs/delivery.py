"""Handing bytes out: by the bucket, by the server in front, or by ourselves."""

from collections.abc import Mapping
from urllib.parse import quote

from django.conf import settings
from starlette.responses import FileResponse, RedirectResponse, Response

from repository.blobs.store import blob_store


class LargePieces(FileResponse):
    """A file in pieces of 1 MiB: each is a trip to a thread, so small ones cost most of a CPU."""

    chunk_size = 1 << 20


def deliver(sha256: str, filename: str, headers: Mapping[str, str], media_type: str) -> Response:
    """Return the answer to a GET of a blob: its bytes, or where the client or nginx finds them.

    A redirect carries the headers too: some clients read what they need to know from it.
    """
    env = settings.ENV
    if env.s3_bucket and env.s3_redirect:
        shown = quote(filename)
        url = blob_store().signed_url(sha256, filename=shown, media_type=media_type)
        moved = {**headers, "Cache-Control": "no-store"}
        return RedirectResponse(url, status_code=302, headers=moved)
    path = blob_store().path(sha256)
    answer = LargePieces(
        path,
        headers=headers,
        media_type=media_type,
        filename=filename,
        content_disposition_type="attachment",
    )
    if not env.accel_prefix or env.s3_bucket:
        return answer
    place = path.relative_to(env.home / "blobs").as_posix()
    given = {**headers, "Content-Disposition": answer.headers["Content-Disposition"]}
    given["X-Accel-Redirect"] = f"{env.accel_prefix.rstrip('/')}/{place}"
    return Response(headers=given, media_type=media_type)
