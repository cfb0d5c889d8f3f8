"""Chunks and shards, bent at random: a file comes out as it was said to be, or a plain refusal.

Runs what the sandboxed child runs, without the sandbox, so that any other fault would show here.
"""

import hashlib
import random
import struct
import tempfile
import tracemalloc
from pathlib import Path

import lz4.frame

from repository.xet.__main__ import build
from repository.xet.shard import NO_MORE, WITH_SHA256, read_recipes
from tests.soak.report import Outcome

COUNT = 20_000
XORB = "ab" * 32
MOST_MEMORY = 64 * 2**20


def soak(count: int, seed: int) -> Outcome:
    chance = random.Random(seed)
    failures: list[str] = []
    refused = 0
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for at in range(count):
            problem, kept = _try(folder, chance)
            refused += not kept
            if problem:
                failures.append(f"seed {seed}, try {at}: {problem}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if peak > MOST_MEMORY:
        failures.append(f"seed {seed}: {peak} bytes of memory at the peak")
    return Outcome(count, failures, {"refused": refused, "peak_bytes": peak})


def _try(folder: Path, chance: random.Random) -> tuple[str, bool]:
    """Return what went wrong, and whether a file came out."""
    parts = [_content(chance) for _ in range(chance.randint(1, 4))]
    xorb = _bent(b"".join(_chunk(part, chance) for part in parts), chance)
    (folder / XORB).write_bytes(xorb or b"\0")
    digest = hashlib.sha256(b"".join(parts)).hexdigest()
    shard = _bent(_shard(digest, len(parts)), chance)
    try:
        for recipe in read_recipes(shard):
            size = build(recipe, folder, folder)
            made = folder / recipe.sha256
            found = hashlib.sha256(made.read_bytes()).hexdigest()
            if found != recipe.sha256 or size != made.stat().st_size:
                return f"{recipe.sha256} holds {found}", True
            made.unlink()
    except (ValueError, OSError):
        return "", False
    except Exception as fault:  # noqa: BLE001
        return f"{type(fault).__name__}: {fault}", False
    return "", True


def _content(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(0, 64)) * chance.randint(1, 20)


def _chunk(content: bytes, chance: random.Random) -> bytes:
    scheme = chance.randint(0, 2)
    grouped = b"".join(content[at::4] for at in range(4)) if scheme == 2 else content
    packed = lz4.frame.compress(grouped) if scheme else content
    head = b"\0" + len(packed).to_bytes(3, "little") + bytes([scheme])
    return head + len(content).to_bytes(3, "little") + packed


def _shard(digest: str, chunks: int) -> bytes:
    def words(text: str) -> bytes:
        return struct.pack("<4Q", *(int(text[at : at + 16], 16) for at in range(0, 64, 16)))

    head = struct.pack("<32sIIQ", b"f" * 32, WITH_SHA256, 1, 0)
    term = struct.pack("<32sIIII", words(XORB), 0, 0, 0, chunks)
    return bytes(48) + head + term + words(digest) + bytes(16) + NO_MORE + bytes(16)


def _bent(content: bytes, chance: random.Random) -> bytes:
    """Return bytes as they are, or cut, or with some of them changed or put twice."""
    bent = bytearray(content)
    kind = chance.randint(0, 4)
    if kind == 1:
        del bent[chance.randint(0, len(bent)) :]
    for _ in range(chance.randint(1, 4) if kind == 2 and bent else 0):
        bent[chance.randrange(len(bent))] = chance.randint(0, 255)
    if kind == 3 and bent:
        start = chance.randrange(len(bent))
        bent[start:start] = bent[start : start + chance.randint(1, 48)]
    return bytes(bent)
