"""ZIP archives: opened only when their directory agrees with their bytes, read within bounds."""

import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Self

from repository.readers.finding import Code, Rejected, invalid, truncated
from repository.readers.source import Source

MAGIC = b"PK\x03\x04"
EMPTY_MAGIC = b"PK\x05\x06"
END_BYTES = 22
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
MOST_MEMBERS = 5_000
MOST_RATIO = 20
SMALL = 64 * 2**10
ENCRYPTED = 0x1
DESCRIPTOR_FOLLOWS = 0x8
DESCRIPTOR_SIZES = frozenset({12, 16, 20, 24})
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class Archive:
    """A ZIP archive whose size, names and members are within bounds."""

    def __init__(self, path: Path, source: Source) -> None:
        if source.tail(END_BYTES)[:4] != EMPTY_MAGIC:
            # Either the directory at the end is missing, or something was put after it.
            raise truncated("is a ZIP archive whose end is missing or followed by other bytes")
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise invalid("it is a ZIP archive whose directory cannot be read") from error
        self._source = source
        try:
            self.members = self._bounded()
        except Rejected:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        return list(self.members)

    def read(self, name: str, most: int) -> bytes:
        """Return up to `most` bytes of a member."""
        try:
            with self.open(name) as member:
                return member.read(most)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise invalid("a part of the archive cannot be read") from error

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(self.members[name])

    def read_whole(self, name: str, most: int) -> bytes:
        """Return a whole member, or refuse it when it is larger than `most`."""
        content = self.read(name, most + 1)
        if len(content) > most:
            raise invalid(f"a part of the archive is larger than {most} bytes")
        return content

    def check_layout(self) -> None:
        """Refuse an archive in which other bytes hide before, between or behind the members.

        Programs differ in which of two headers they believe, so both must say the same.
        """
        end = 0
        for info in sorted(self.members.values(), key=lambda info: info.header_offset):
            if info.header_offset != end:
                raise invalid("bytes hide between the parts of the archive")
            end = self._end_of(info)
        if end != self._zip.start_dir:
            raise invalid("bytes hide before the directory of the archive")

    def _end_of(self, info: zipfile.ZipInfo) -> int:
        header = LOCAL_HEADER.unpack(self._source.read(info.header_offset, LOCAL_HEADER.size))
        magic, _, flags, method, *_ = header
        name_length, extra_length = int(header[-2]), int(header[-1])
        name_at = info.header_offset + LOCAL_HEADER.size
        name = self._source.read(name_at, name_length)
        if (magic, flags, method) != (MAGIC, info.flag_bits, info.compress_type):
            raise invalid("two headers of the archive disagree")
        if name.decode("utf-8", "replace") != info.orig_filename:
            raise invalid("two headers of the archive disagree about a name")
        end = name_at + name_length + extra_length + info.compress_size
        if flags & DESCRIPTOR_FOLLOWS:
            return self._after_descriptor(end)
        return end

    def _after_descriptor(self, end: int) -> int:
        starts = {info.header_offset for info in self.members.values()} | {self._zip.start_dir}
        return next((end + size for size in DESCRIPTOR_SIZES if end + size in starts), end)

    def _bounded(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        members = {info.filename: info for info in infos}
        if len(infos) > MOST_MEMBERS:
            raise _bomb(f"{len(infos)} parts, more than {MOST_MEMBERS}")
        if len(members) != len(infos):
            raise invalid("a name stands twice in the archive")
        for info in infos:
            _check_member(info)
            if not 0 <= info.header_offset < self._source.size:
                raise invalid("a part of the archive lies outside it")
        total = sum(info.file_size for info in infos)
        if total > MOST_RATIO * max(self._source.size, SMALL):
            raise _bomb(f"{total} bytes unpacked, more than {MOST_RATIO} times its size")
        return members


def looks_like_zip(head: bytes) -> bool:
    return head.startswith((MAGIC, EMPTY_MAGIC))


def _check_member(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & ENCRYPTED or info.compress_type not in METHODS:
        raise invalid("a part of the archive is encrypted or packed in a way not known")
    path = PurePosixPath(info.orig_filename)
    if path.is_absolute() or ".." in path.parts or "\\" in info.orig_filename:
        raise invalid("a part of the archive would be unpacked outside it")
    if info.file_size > max(SMALL, MOST_RATIO * info.compress_size):
        raise _bomb(f"a part that unpacks to {info.file_size} bytes")


def _bomb(what: str) -> Rejected:
    return Rejected(Code.BOMB, f"is an archive with {what}. Upload the files it holds one by one.")
