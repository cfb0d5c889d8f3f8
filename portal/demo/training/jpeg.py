"""A reader of plain JPEG photographs: baseline, 8 bits, three components of equal sampling.

It exists so that two photographs can be backgrounds without one more package to install. The
format is ITU-T T.81; what it cannot read it refuses.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

QUANTIZATION, FRAME, LAST_FRAME, HUFFMAN, SCAN, RESTART = 0xDB, 0xC0, 0xCF, 0xC4, 0xDA, 0xDD
PREFIX = 0xFF
COMPONENTS = 3
BLOCK = 8
COEFFICIENTS = 64
LOOKAHEAD = 16
END_OF_BLOCK = 0x00
SIXTEEN_ZEROS = 0xF0
MIDDLE = 128

Array = npt.NDArray[Any]
Lookup = list[tuple[int, int]]


class UnsupportedPhoto(ValueError):
    """A JPEG file of a kind that is not read here."""


@dataclass
class _Header:
    quantization: dict[int, Array] = field(default_factory=dict)
    huffman: dict[tuple[int, int], Lookup] = field(default_factory=dict)
    height: int = 0
    width: int = 0
    quantization_of: list[int] = field(default_factory=list)


def decode(content: bytes) -> npt.NDArray[np.uint8]:
    """Return the pixels [height, width, 3] in RGB, or raise UnsupportedPhoto."""
    header = _Header()
    for marker, body, end in _segments(content):
        if marker == QUANTIZATION:
            header.quantization |= _quantization(body)
        elif marker == HUFFMAN:
            header.huffman |= _huffman(body)
        elif marker == FRAME:
            _frame(body, header)
        elif marker == SCAN:
            blocks = _scan(content[end:], _lookups(body, header), header)
            return _pixels(blocks, header)
        elif marker == RESTART or FRAME < marker <= LAST_FRAME:
            raise UnsupportedPhoto("Only baseline JPEG without restart intervals is read.")
    raise UnsupportedPhoto("The file ends before its picture.")


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    position = 2
    while position + 4 <= len(content):
        prefix, marker, length = struct.unpack_from(">BBH", content, position)
        if prefix != PREFIX:
            raise UnsupportedPhoto("The file is no JPEG, or a damaged one.")
        end = position + 2 + length
        yield marker, content[position + 4 : end], end
        position = end


def _quantization(body: bytes) -> dict[int, Array]:
    tables = {}
    for start in range(0, len(body), 1 + COEFFICIENTS):
        if body[start] >> 4:
            raise UnsupportedPhoto("Only 8-bit quantization tables are read.")
        values = body[start + 1 : start + 1 + COEFFICIENTS]
        tables[body[start]] = np.frombuffer(values, np.uint8).astype(np.float32)
    return tables


def _huffman(body: bytes) -> dict[tuple[int, int], Lookup]:
    """Turn each table into a list from the next 16 bits to a code's length and its symbol."""
    tables = {}
    start = 0
    while start < len(body):
        counts = body[start + 1 : start + 17]
        symbols = body[start + 17 : start + 17 + sum(counts)]
        lookup: Lookup = []
        taken = iter(symbols)
        for length, count in enumerate(counts, 1):
            for _ in range(count):
                lookup += [(length, next(taken))] * (1 << (LOOKAHEAD - length))
        # No code begins like this: length 16 keeps a damaged file from reading for ever.
        lookup += [(LOOKAHEAD, 0)] * ((1 << LOOKAHEAD) - len(lookup))
        tables[body[start] >> 4, body[start] & 15] = lookup
        start += 17 + len(symbols)
    return tables


def _frame(body: bytes, header: _Header) -> None:
    depth, header.height, header.width, count = struct.unpack_from(">BHHB", body)
    parts = [body[6 + 3 * index : 9 + 3 * index] for index in range(count)]
    if depth != BLOCK or count != COMPONENTS or len({part[1] for part in parts}) != 1:
        raise UnsupportedPhoto("Only 8-bit color JPEG without subsampling is read.")
    header.quantization_of = [part[2] for part in parts]


def _lookups(body: bytes, header: _Header) -> list[tuple[Lookup, Lookup]]:
    chosen = [body[2 + 2 * index] for index in range(COMPONENTS)]
    return [(header.huffman[0, tables >> 4], header.huffman[1, tables & 15]) for tables in chosen]


def _scan(content: bytes, lookups: list[tuple[Lookup, Lookup]], header: _Header) -> Array:
    """Read all coefficients, [components, blocks, 64], still in zigzag order."""
    count = -(-header.height // BLOCK) * -(-header.width // BLOCK)
    blocks = np.zeros((COMPONENTS, count, COEFFICIENTS), np.float32)
    reader = _BitReader(content)
    previous = [0] * COMPONENTS
    for index in range(count):
        for component, (first, others) in enumerate(lookups):
            block = blocks[component, index]
            previous[component] += reader.value(reader.symbol(first))
            block[0] = previous[component]
            _fill(block, reader, others)
    return blocks


def _fill(block: Array, reader: _BitReader, lookup: Lookup) -> None:
    position = 1
    while position < COEFFICIENTS:
        symbol = reader.symbol(lookup)
        if symbol == END_OF_BLOCK:
            return
        position += symbol >> 4
        if symbol != SIXTEEN_ZEROS and position < COEFFICIENTS:
            block[position] = reader.value(symbol & 15)
        position += 1


class _BitReader:
    """Reads codes and numbers from the bits of one scan."""

    def __init__(self, content: bytes) -> None:
        stuffed = np.frombuffer(content.replace(b"\xff\x00", b"\xff") + bytes(4), np.uint8)
        wide = stuffed.astype(np.int64)
        # The 32 bits from every byte on, so that a look at any 16 bits is one shift.
        self._windows = (
            (wide[:-3] << 24) | (wide[1:-2] << 16) | (wide[2:-1] << 8) | wide[3:]
        ).tolist()
        self._position = 0

    def symbol(self, lookup: Lookup) -> int:
        length, symbol = lookup[self._next()]
        self._position += length
        return symbol

    def value(self, bits: int) -> int:
        """Read a number of so many bits; those that begin with 0 are negative."""
        if bits == 0:
            return 0
        raw = self._next() >> (LOOKAHEAD - bits)
        self._position += bits
        return int(raw if raw >> (bits - 1) else raw - (1 << bits) + 1)

    def _next(self) -> int:
        byte, bit = divmod(self._position, 8)
        if byte >= len(self._windows):
            raise UnsupportedPhoto("The file ends within its picture.")
        return int(self._windows[byte] >> (LOOKAHEAD - bit)) & 0xFFFF


def _pixels(blocks: Array, header: _Header) -> npt.NDArray[np.uint8]:
    rows, columns = -(-header.height // BLOCK), -(-header.width // BLOCK)
    tables = np.stack([header.quantization[number] for number in header.quantization_of])
    ordered = np.empty_like(blocks)
    ordered[..., _zigzag()] = blocks * tables[:, None]
    cosines = _cosines()
    squares = cosines.T @ ordered.reshape(COMPONENTS, -1, BLOCK, BLOCK) @ cosines
    planes = squares.reshape(COMPONENTS, rows, columns, BLOCK, BLOCK).transpose(0, 1, 3, 2, 4)
    planes = planes.reshape(COMPONENTS, rows * BLOCK, columns * BLOCK)
    y, blue, red = planes[:, : header.height, : header.width]
    y = y + MIDDLE
    rgb = [y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue]
    pixels: npt.NDArray[np.uint8] = np.stack(rgb, axis=2).round().clip(0, 255).astype(np.uint8)
    return pixels


def _zigzag() -> Array:
    """Return where each coefficient of the file's order stands in its block, row by row."""
    places = [(row, column) for row in range(BLOCK) for column in range(BLOCK)]
    places.sort(key=lambda p: (sum(p), p[0] if sum(p) % 2 else p[1]))
    return np.array([row * BLOCK + column for row, column in places])


def _cosines() -> Array:
    frequency, place = np.mgrid[0:BLOCK, 0:BLOCK]
    basis = np.cos((2 * place + 1) * frequency * np.pi / (2 * BLOCK)) / 2
    basis[0] /= np.sqrt(2)
    cosines: Array = basis.astype(np.float32)
    return cosines
