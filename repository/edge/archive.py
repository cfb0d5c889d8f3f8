"""A whole version as one zip, made while it is sent: neither memory nor disk holds it."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.accounts.edge import caller_of
from portal.core.http.edge import in_database
from repository.blobs.store import blob_store
from repository.selectors.access import get_model
from repository.selectors.files import is_blocked, list_files
from repository.selectors.revisions import MAIN, get_revision
from repository.services.downloads import count_download

CHUNK = 1 << 20
EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Packed:
    """What goes into an archive: paths with their digests, after a manifest of them."""

    name: str
    manifest: bytes
    files: list[tuple[str, str]]


async def archive(request: Request) -> Response:
    """Answer GET with the files of a version and a manifest of their digests."""
    packed = await in_database(_pack, request)
    headers = {
        "Content-Disposition": f'attachment; filename="{packed.name}.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(_zipped(packed), media_type="application/zip", headers=headers)


def _pack(request: Request) -> Packed:
    owner, name = request.url.path.split("/")[4:6]
    found = get_model(caller_of(request.scope), owner, name)
    revision = get_revision(found, request.query_params.get("ref", MAIN))
    files = list_files(revision)
    rows = [
        {
            "path": file.path,
            "size_bytes": file.blob.size_bytes,
            "sha256": file.blob_id,
            "blocked": is_blocked(file),
        }
        for file in files
    ]
    manifest = {"model": str(found), "revision": revision.oid, "files": rows}
    count_download(found)
    given = [(file.path, file.blob_id) for file in files if not is_blocked(file)]
    text = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
    return Packed(f"{found.name}-{revision.oid[:7]}", text, given)


def _zipped(packed: Packed) -> Iterator[bytes]:
    """Yield the archive; files are stored as they are, for models hardly shrink."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as target:
        target.writestr(zipfile.ZipInfo("ondol-manifest.json", EARLIEST), packed.manifest)
        for path, sha256 in packed.files:
            entry = zipfile.ZipInfo(path, EARLIEST)
            with (
                blob_store().open(sha256) as content,
                target.open(entry, "w", force_zip64=True) as inside,
            ):
                while part := content.read(CHUNK):
                    inside.write(part)
                    yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Where the archive is written to, and taken from before more comes."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, part: object) -> int:
        view = memoryview(part)  # type: ignore[arg-type]
        self._held += view
        return len(view)

    def taken(self) -> bytes:
        part = bytes(self._held)
        self._held.clear()
        return part
