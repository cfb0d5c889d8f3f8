"""What a child says, read as it comes and kept within bounds."""

import os
import selectors
from collections.abc import Callable
from typing import IO, Self

CHUNK = 64 * 2**10
TAIL_BYTES = 64 * 2**10
LINE_BYTES = 2**20


class Lines:
    """Cuts bytes into lines. What is longer than a line may be is cut short, not kept waiting."""

    def __init__(self, on_line: Callable[[str], object]) -> None:
        self._on_line = on_line
        self._begun = bytearray()

    def take(self, chunk: bytes) -> None:
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._keep(part)
            self._on_line(bytes(self._begun).decode(errors="replace"))
            self._begun.clear()
        self._keep(rest)

    def end(self) -> None:
        if self._begun:
            self.take(b"\n")

    def _keep(self, part: bytes) -> None:
        self._begun += part[: LINE_BYTES - len(self._begun)]


class Tail:
    """Remembers the last bytes."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def take(self, chunk: bytes) -> None:
        self._kept += chunk
        del self._kept[:-TAIL_BYTES]

    def text(self) -> str:
        return bytes(self._kept).decode(errors="replace")


class Streams:
    """The two pipes of a child; closed by leaving the context."""

    def __init__(
        self, stdout: IO[bytes], stderr: IO[bytes], on_line: Callable[[str], object] | None
    ) -> None:
        self.stdout_tail = Tail()
        self.stderr_tail = Tail()
        self._lines = Lines(on_line) if on_line else None
        self._pipes = (stdout, stderr)
        self._open = selectors.DefaultSelector()
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
            self._open.register(pipe, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        for pipe in self._pipes:
            pipe.close()

    @property
    def ended(self) -> bool:
        return not self._open.get_map()

    def pump(self, wait_s: float) -> bool:
        """Read what has come within `wait_s`; return whether anything came."""
        ready = self._open.select(wait_s)
        for key, _ in ready:
            chunk = os.read(key.fd, CHUNK)
            if not chunk:
                self._open.unregister(key.fd)
            elif key.fd == self._pipes[0].fileno():
                self.stdout_tail.take(chunk)
                if self._lines:
                    self._lines.take(chunk)
            else:
                self.stderr_tail.take(chunk)
        return bool(ready)

    def drain(self) -> None:
        """Read what is left in the pipes of a child that is dead, without waiting for more."""
        while not self.ended and self.pump(0):
            pass
        if self._lines:
            self._lines.end()
