"""A whole version as one zip, made while it is sent: neither memory nor disk holds it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.accounts.edge import read_as
from portal.core.http.edge import in_database
from repository.selectors.access import get_model
from repository.selectors.files import is_blocked, list_files
from repository.selectors.revisions import MAIN, get_revision
from repository.services.archives.zips import zipped
from repository.services.downloads import count_download


@dataclass(frozen=True)
class Packed:
    """What goes into an archive: paths with their digests, after a manifest of them."""

    name: str
    manifest: bytes
    files: list[tuple[str, str]]

    def zipped(self) -> Iterator[bytes]:
        return zipped(("ondol-manifest.json", self.manifest), self.files)


async def archive(request: Request) -> Response:
    """Answer GET with the files of a version and a manifest of their digests."""
    packed = await in_database(_pack, request)
    headers = {
        "Content-Disposition": f'attachment; filename="{packed.name}.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(packed.zipped(), media_type="application/zip", headers=headers)


def _pack(request: Request) -> Packed:
    owner, name = request.url.path.split("/")[4:6]
    found = read_as(request.scope, lambda user: get_model(user, owner, name))
    revision = get_revision(found, request.query_params.get("ref", MAIN))
    files = list_files(revision)
    rows = [
        {
            "path": file.path,
            "size_bytes": file.blob.size_bytes,
            "sha256": file.blob_id,
            "blocked": is_blocked(file),
            "damaged": file.blob.damaged_at is not None,
        }
        for file in files
    ]
    manifest = {"model": str(found), "revision": revision.oid, "files": rows}
    count_download(found)
    given = [
        (file.path, file.blob_id)
        for file, row in zip(files, rows, strict=True)
        if not row["blocked"] and not row["damaged"]
    ]
    text = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
    return Packed(f"{found.name}-{revision.oid[:7]}", text, given)
