"""Walking over the fields of a protobuf message in a file, without loading what they hold."""

from collections.abc import Iterator
from dataclasses import dataclass

from repository.readers.finding import invalid, truncated
from repository.readers.source import Source

VARINT = 0
FIXED64 = 1
BYTES = 2
FIXED32 = 5
FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
LONGEST_VARINT = 10
GOES_ON = 0x80
"""Set in each byte of a number but its last."""
MOST_FIELDS = 2_000_000


@dataclass(frozen=True)
class Field:
    """One field: its number, and where the bytes of its value lie."""

    number: int
    wire_type: int
    start: int
    """Where its tag begins."""
    begin: int
    end: int
    value: int
    """Of a varint; else 0."""

    @property
    def length(self) -> int:
        return self.end - self.begin


def fields(source: Source, begin: int, end: int) -> Iterator[Field]:
    """Yield the fields of the message between two offsets; refuse what is not such a message."""
    at = begin
    for _ in range(MOST_FIELDS):
        if at >= end:
            return
        tag, value_at = varint(source, at, end)
        number, wire_type = tag >> 3, tag & 7
        if number == 0 or number >= 2**29:
            raise invalid("a field has a number that cannot be")
        value = 0
        if wire_type == VARINT:
            value, stop = varint(source, value_at, end)
        elif wire_type == BYTES:
            length, value_at = varint(source, value_at, end)
            stop = value_at + length
        elif wire_type in FIXED_SIZES:
            stop = value_at + FIXED_SIZES[wire_type]
        else:
            raise invalid("a field has a type that cannot be")
        if stop > end:
            raise truncated()
        yield Field(number, wire_type, at, value_at, stop, value)
        at = stop
    raise invalid("it has more fields than any model has")


def varint(source: Source, at: int, end: int) -> tuple[int, int]:
    """Return a variable-length number and the offset behind it."""
    value = 0
    piece = source.read(at, max(0, min(LONGEST_VARINT, end - at)))
    for place, byte in enumerate(piece):
        value |= (byte & 0x7F) << (7 * place)
        if byte < GOES_ON:
            return value & (2**64 - 1), at + place + 1
    if len(piece) < LONGEST_VARINT:
        raise truncated()
    raise invalid("a number in it does not end")


def packed_varints(content: bytes) -> list[int]:
    """Return the numbers of a packed field."""
    numbers: list[int] = []
    value = shift = 0
    for byte in content:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < GOES_ON:
            numbers.append(value & (2**64 - 1))
            value = shift = 0
    if shift:
        raise truncated()
    return numbers
