"""Zip files on their way out: made while they are sent, neither memory nor disk holds them."""

import io
import zipfile
from collections.abc import Iterable, Iterator

from repository.blobs.store import blob_store

CHUNK = 1 << 20
EARLIEST = (1980, 1, 1, 0, 0, 0)


def zipped(first: tuple[str, bytes], files: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Yield a zip of one text and then of blobs by path; stored, for models hardly shrink."""
    sink = _Sink()
    name, text = first
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as target:
        target.writestr(zipfile.ZipInfo(name, EARLIEST), text)
        for path, sha256 in files:
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
