"""Xorbs: chunks one after the other, each behind a head of eight bytes, packed or not.

The layout is published: https://huggingface.co/docs/xet/xorb
"""

import mmap
from pathlib import Path
from typing import Self

import lz4.frame

HEAD_BYTES = 8
MOST_CHUNK_BYTES = 2**21
"""Clients cut at 128 KiB or below; nothing sensible is larger than this."""
STORED, LZ4, GROUPED_LZ4 = 0, 1, 2
GROUPS = 4
MOST_OPEN = 16


class NotAXorb(ValueError):
    """The bytes are not laid out as a xorb is."""


class Xorb:
    """The chunks of one file of chunks, found by their number."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as content:
            self._bytes = mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts = self._find_starts()

    def close(self) -> None:
        self._bytes.close()

    def chunk(self, number: int) -> bytes:
        """Return one chunk, unpacked."""
        if number >= len(self._starts):
            raise NotAXorb(f"There is no chunk {number}.")
        at = self._starts[number]
        packed_size, scheme, size = _head(self._bytes[at : at + HEAD_BYTES])
        packed = self._bytes[at + HEAD_BYTES : at + HEAD_BYTES + packed_size]
        content = packed if scheme == STORED else _unpack(packed, size)
        if scheme == GROUPED_LZ4:
            content = _ungroup(content)
        if len(packed) != packed_size or len(content) != size:
            raise NotAXorb(f"Chunk {number} is not as long as it says.")
        return content

    def _find_starts(self) -> list[int]:
        starts = []
        at = 0
        # What may follow the chunks is an index, which begins with another byte than a head does.
        while at + HEAD_BYTES <= len(self._bytes) and self._bytes[at] == 0:
            starts.append(at)
            at += HEAD_BYTES + _head(self._bytes[at : at + HEAD_BYTES])[0]
        return starts


class Shelf:
    """The xorbs of a folder, the last used of them open: files take chunks from several in turn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Xorb] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for xorb in self._open.values():
            xorb.close()

    def chunk(self, name: str, number: int) -> bytes:
        """Return one chunk of one xorb, unpacked."""
        xorb = self._open.pop(name, None) or Xorb(self._folder / name)
        self._open[name] = xorb
        if len(self._open) > MOST_OPEN:
            self._open.pop(next(iter(self._open))).close()
        return xorb.chunk(number)


def _head(head: bytes) -> tuple[int, int, int]:
    packed = int.from_bytes(head[1:4], "little")
    size = int.from_bytes(head[5:8], "little")
    scheme = head[4]
    if scheme not in {STORED, LZ4, GROUPED_LZ4} or size > MOST_CHUNK_BYTES:
        raise NotAXorb("A chunk is packed in a way we do not know.")
    return packed, scheme, size


def _unpack(packed: bytes, size: int) -> bytes:
    """Unpack a frame, but never more than it promised: a small frame can hold gigabytes."""
    try:
        content: bytes = lz4.frame.LZ4FrameDecompressor().decompress(packed, max_length=size + 1)
    except RuntimeError as error:
        raise NotAXorb("A chunk cannot be unpacked.") from error
    return content


def _ungroup(content: bytes) -> bytes:
    """Put back what stands grouped: all first bytes of four, then all second ones, and so on."""
    mixed = bytearray(len(content))
    at = 0
    for group in range(GROUPS):
        size = len(range(group, len(content), GROUPS))
        mixed[group::GROUPS] = content[at : at + size]
        at += size
    return bytes(mixed)
