"""Handing bytes out: by the bucket, by the server in front, or by ourselves."""

from collections.abc import Mapping
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from starlette.responses import FileResponse, RedirectResponse, Response

from repository.blobs.store import blob_store

PLACE = "/bytes/"
SALT = "ondol.bytes"
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""What pages of the portal show: their policy allows no bucket, so it never gives these out."""


class LargePieces(FileResponse):
    """A file in pieces of 1 MiB: each is a trip to a thread, so small ones cost most of a CPU."""

    chunk_size = 1 << 20


def deliver(
    sha256: str, filename: str, headers: Mapping[str, str], media_type: str, if_range: str | None
) -> Response:
    """Return the answer to a GET of a blob: its bytes, or where the client or nginx finds them.

    A redirect carries the headers too: some clients read what they need to know from it. A bucket
    knows none of our ETags, so a part that goes with other bytes is refused here, by sending all.
    """
    env = settings.ENV
    matches = if_range in {None, headers["ETag"]}
    if env.s3_bucket and env.s3_redirect and matches and media_type not in PICTURES:
        shown = quote(filename)
        url = blob_store().signed_url(sha256, filename=shown, media_type=media_type)
        moved = {**headers, "Cache-Control": "no-store"}
        return RedirectResponse(url, status_code=302, headers=moved)
    if env.bytes_url:
        moved = {**headers, "Cache-Control": "no-store"}
        place = signed_place(sha256, filename, media_type)
        return RedirectResponse(f"{env.bytes_url}{place}", status_code=302, headers=moved)
    return give_out(sha256, filename, headers, media_type)


def signed_place(sha256: str, filename: str, media_type: str) -> str:
    """Return the path at which whoever has it gets these bytes, for its time."""
    return PLACE + signing.dumps([sha256, filename, media_type], salt=SALT)


def read_word(word: str) -> tuple[str, str, dict[str, str], str]:
    """Return what `give_out` takes for a signed address, or raise `BadSignature`."""
    limit_s = settings.ENV.signed_url_s
    sha256, filename, media_type = signing.loads(word, salt=SALT, max_age=limit_s)
    headers = {
        "ETag": f'"{sha256}"',
        "Cache-Control": "private, no-store",
        # Pages of the portal show pictures from here, and Netron reads models without an origin.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    return sha256, filename, headers, media_type


def give_out(sha256: str, filename: str, headers: Mapping[str, str], media_type: str) -> Response:
    """Return the bytes themselves, or where the server in front finds them."""
    env = settings.ENV
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
