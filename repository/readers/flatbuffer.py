"""FlatBuffers: tables, vectors and texts, each looked at only where it lies within the file."""

import struct
from dataclasses import dataclass

from repository.readers.finding import invalid
from repository.readers.source import Source

MOST_ENTRIES = 4_000_000
LONGEST_TEXT = 64 * 2**10


@dataclass(frozen=True)
class Table:
    """A table at an offset; its fields are found through the list of offsets it points to."""

    source: Source
    at: int

    def _place(self, field: int) -> int | None:
        listed = self.at - _number(self.source, self.at, "<i")
        length = _number(self.source, listed, "<H")
        slot = 4 + 2 * field
        if slot + 2 > length:
            return None
        offset = _number(self.source, listed + slot, "<H")
        return self.at + offset if offset else None

    def number(self, field: int, layout: str, default: int = 0) -> int:
        place = self._place(field)
        return default if place is None else _number(self.source, place, layout)

    def table(self, field: int) -> "Table | None":
        place = self._place(field)
        return None if place is None else Table(self.source, _followed(self.source, place))

    def tables(self, field: int) -> "list[Table]":
        begin, count = self._vector(field)
        self.source.read(begin, 4 * count)
        return [
            Table(self.source, _followed(self.source, begin + 4 * index)) for index in range(count)
        ]

    def numbers(self, field: int) -> list[int]:
        """Return a vector of 32-bit numbers."""
        begin, count = self._vector(field)
        return list(struct.unpack(f"<{count}i", self.source.read(begin, 4 * count)))

    def byte_count(self, field: int) -> int:
        """Return the length of a vector of bytes that lies within the file."""
        begin, count = self._vector(field)
        if count:
            self.source.read(begin + count - 1, 1)
        return count

    def text(self, field: int) -> str:
        begin, count = self._vector(field)
        if count > LONGEST_TEXT:
            raise invalid("a text in it is longer than any should be")
        return self.source.read(begin, count).decode(errors="replace")

    def _vector(self, field: int) -> tuple[int, int]:
        place = self._place(field)
        if place is None:
            return self.at, 0
        begin = _followed(self.source, place)
        return begin + 4, _number(self.source, begin, "<I")


def root(source: Source) -> Table:
    return Table(source, _followed(source, 0))


def _number(source: Source, at: int, layout: str) -> int:
    (value,) = struct.unpack(layout, source.read(at, struct.calcsize(layout)))
    return int(value)


def _followed(source: Source, at: int) -> int:
    return at + _number(source, at, "<I")
