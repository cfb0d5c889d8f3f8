"""Pictures: their kind and measures. Cut short or followed by other bytes they are refused."""

import struct
import zlib
from typing import Any

from repository.readers.finding import Code, Rejected, invalid, truncated
from repository.readers.source import Source

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
GIFS = (b"GIF87a", b"GIF89a")
MOST_BYTES = 64 * 2**20
MOST_PIXELS = 100_000_000
MARKER_LEAD = 0xFF
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
ENDINGS = {"png": (".png",), "jpeg": (".jpg", ".jpeg"), "gif": (".gif",), "webp": (".webp",)}


def image_kind(head: bytes) -> str:
    """Return which kind of picture begins like this, empty for none."""
    if head.startswith(PNG):
        return "png"
    if head.startswith(JPEG):
        return "jpeg"
    if head.startswith(GIFS):
        return "gif"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def read_image(source: Source) -> dict[str, Any]:
    """Return kind and measures of a picture that is whole."""
    if source.size > MOST_BYTES:
        raise Rejected(Code.INVALID, "is a picture of more than 64 MiB. Upload a smaller one.")
    content = source.read(0, source.size)
    kind = image_kind(content)
    width, height = READERS[kind](content)
    if not 0 < width * height <= MOST_PIXELS:
        raise Rejected(
            Code.INVALID,
            f"is a picture of {width} x {height} pixels. Upload one of at most 100 million.",
        )
    return {"kind": kind, "width": width, "height": height}


def _png(content: bytes) -> tuple[int, int]:
    at = len(PNG)
    size = (0, 0)
    while True:
        length, name = struct.unpack(">I4s", _piece(content, at, 8))
        body = _piece(content, at + 8, length)
        (checksum,) = struct.unpack(">I", _piece(content, at + 8 + length, 4))
        if zlib.crc32(name + body) != checksum:
            raise invalid("a part of the picture does not match its checksum")
        if at == len(PNG):
            if name != b"IHDR":
                raise invalid("the picture does not begin with its measures")
            size = struct.unpack(">II", body[:8])
        at += 12 + length
        if name == b"IEND":
            break
    if at != len(content):
        raise invalid("bytes follow the picture")
    return size


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    size: tuple[int, int] | None = None
    while size is None:
        lead, marker = _piece(content, at, 2)
        if lead != MARKER_LEAD or marker in {START_OF_SCAN, END_OF_IMAGE}:
            raise invalid("the picture says nothing of its measures")
        if marker in WITHOUT_LENGTH or marker == lead:
            at += 1 if marker == lead else 2
            continue
        (length,) = struct.unpack(">H", _piece(content, at + 2, 2))
        if marker in FRAMES:
            height, width = struct.unpack(">HH", _piece(content, at + 5, 4))
            size = (width, height)
        at += 2 + length
    if not content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        raise truncated()
    return size


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", _piece(content, 6, 4))
    if not content.rstrip(b"\x00").endswith(b";"):
        raise truncated()
    return width, height


def _webp(content: bytes) -> tuple[int, int]:
    (length,) = struct.unpack("<I", _piece(content, 4, 4))
    if length + 8 > len(content):
        raise truncated()
    if length + 8 + length % 2 < len(content):
        raise invalid("bytes follow the picture")
    kind = _piece(content, 12, 4)
    if kind == b"VP8X":
        packed = _piece(content, 24, 6)
        return int.from_bytes(packed[:3], "little") + 1, int.from_bytes(packed[3:], "little") + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", _piece(content, 21, 4))
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", _piece(content, 26, 4))
        return width & 0x3FFF, height & 0x3FFF
    raise invalid("it is not a WebP picture")


READERS = {"png": _png, "jpeg": _jpeg, "gif": _gif, "webp": _webp}


def _piece(content: bytes, at: int, length: int) -> bytes:
    piece = content[at : at + length]
    if len(piece) < length:
        raise truncated()
    return piece
