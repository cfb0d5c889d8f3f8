"""A file read in pieces, none of which reaches beyond its end."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from repository.readers.finding import invalid, truncated

WINDOW = 2**16
MOST_AT_ONCE = 128 * 2**20


class Source:
    """The bytes of one file; every length is checked against the file before memory is taken."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size
        self._start = 0
        self._window = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly these bytes, or refuse the file as truncated."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise truncated()
        if length > MOST_AT_ONCE:
            raise invalid(f"one part of it claims {length} bytes")
        if offset < self._start or offset + length > self._start + len(self._window):
            self._start = offset
            self._window = self._pread(offset, max(length, WINDOW))
        begin = offset - self._start
        piece = self._window[begin : begin + length]
        if len(piece) < length:
            raise truncated()
        return piece

    def head(self, length: int) -> bytes:
        """Return the first bytes, fewer where the file is shorter."""
        return self.read(0, min(length, self.size))

    def tail(self, length: int) -> bytes:
        length = min(length, self.size)
        return self.read(self.size - length, length)

    def _pread(self, offset: int, length: int) -> bytes:
        pieces = []
        while length > 0 and (piece := os.pread(self._descriptor, length, offset)):
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(pieces)
