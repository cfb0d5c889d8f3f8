"""Shards: what a Xet client says its files are made of.

Records of 48 bytes: for each file a head, the ranges of chunks that follow each other in it, and
the file's SHA-256. The layout is published: https://huggingface.co/docs/xet/shard
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

RECORD = 48
HEAD = struct.Struct("<32sIIQ")
TERM = struct.Struct("<32sIIII")
NO_MORE = b"\xff" * 32
WITH_VERIFICATION = 1 << 31
WITH_SHA256 = 1 << 30


class NotAShard(ValueError):
    """The bytes are not laid out as a shard is."""


@dataclass(frozen=True)
class Term:
    """Chunks of one xorb, from `start` up to but without `end`."""

    xorb: str
    start: int
    end: int


@dataclass(frozen=True)
class Recipe:
    """One file: its digest, and what it is put together from."""

    sha256: str
    terms: tuple[Term, ...]


def read_recipes(shard: bytes) -> list[Recipe]:
    """Return the files of a shard; one that names no SHA-256 is nothing a commit could ask for."""
    records = _records(shard)
    found: list[Recipe] = []
    next(records)
    while True:
        name, flags, count, _ = HEAD.unpack(next(records))
        if name == NO_MORE:
            return found
        terms = tuple(_term(next(records)) for _ in range(count))
        for _ in range(count if flags & WITH_VERIFICATION else 0):
            next(records)
        if flags & WITH_SHA256:
            found.append(Recipe(hex_of(next(records)[:32]), terms))


def _records(shard: bytes) -> Iterator[bytes]:
    for at in range(0, len(shard) - RECORD + 1, RECORD):
        yield shard[at : at + RECORD]
    raise NotAShard("The shard is cut short.")


def _term(record: bytes) -> Term:
    name, _, _, start, end = TERM.unpack(record)
    if end <= start:
        raise NotAShard("A range of chunks is empty.")
    return Term(hex_of(name), start, end)


def hex_of(digest: bytes) -> str:
    """Return a digest as Xet writes it: as four numbers of eight bytes, the lowest byte first."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", digest))
