"""The sandboxed child: `python -m repository.xet SHARD XORBS OUT` makes the files of a shard.

Each file of OUT is named by its SHA-256, which was checked; a line of JSON tells its name and size.
"""

import hashlib
import json
import sys
from pathlib import Path

from repository.xet.shard import Recipe, read_recipes
from repository.xet.xorb import Shelf


def main() -> int:
    shard, xorbs, out = (Path(word) for word in sys.argv[1:])
    try:
        for recipe in read_recipes(shard.read_bytes()):
            size = build(recipe, xorbs, out)
            say(sha256=recipe.sha256, size_bytes=size)
    except (ValueError, OSError) as error:
        say(error=str(error), errno=getattr(error, "errno", None) or 0)
        return 1
    return 0


def say(**words: str | int) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def build(recipe: Recipe, xorbs: Path, out: Path) -> int:
    """Write one file and return its size, or raise ValueError when it is not what it should be."""
    digest = hashlib.sha256()
    with (out / recipe.sha256).open("wb") as target, Shelf(xorbs) as shelf:
        for term in recipe.terms:
            for number in range(term.start, term.end):
                chunk = shelf.chunk(term.xorb, number)
                digest.update(chunk)
                target.write(chunk)
        size = target.tell()
    if digest.hexdigest() != recipe.sha256:
        raise ValueError(f"The chunks do not make a file with the digest {recipe.sha256}.")
    return size


if __name__ == "__main__":
    sys.exit(main())
