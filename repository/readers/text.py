"""Text: UTF-8 without control characters, and JSON."""

import codecs
import json
from typing import Any

from repository.readers.finding import Code, Rejected, invalid, printable
from repository.readers.formats import PAGES, Format, extension
from repository.readers.source import Source

MOST_BYTES = 64 * 2**20
MOST_JSON = 4 * 2**20
CHUNK = 2**20
CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}
"""Without tab, line feed, form feed, carriage return and the escape of colored logs."""


def is_text(source: Source) -> bool:
    """Tell whether a file is UTF-8 throughout and holds no control characters."""
    if source.size > MOST_BYTES:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    for at in range(0, source.size, CHUNK):
        piece = source.read(at, min(CHUNK, source.size - at))
        if not CONTROLS.isdisjoint(piece):
            return False
        try:
            decoder.decode(piece, final=at + len(piece) == source.size)
        except UnicodeDecodeError:
            return False
    return True


def text_format(name: str) -> Format:
    """Return what kind of text a name asks for."""
    return {".md": Format.MARKDOWN, ".markdown": Format.MARKDOWN, ".json": Format.JSON}.get(
        extension(name), Format.TEXT
    )


def read_text(source: Source, name: str) -> dict[str, Any]:
    """Return the facts of a text, which are few; JSON up to 4 MiB must be JSON."""
    if extension(name) in PAGES:
        raise Rejected(
            Code.UNKNOWN, "is a page that a browser would run. Upload text or Markdown instead."
        )
    if text_format(name) is Format.JSON and source.size <= MOST_JSON:
        return _json(source.read(0, source.size))
    return {}


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise invalid(f"it is not JSON ({printable(str(error), 80)})") from error
    return {"kind": type(found).__name__}
