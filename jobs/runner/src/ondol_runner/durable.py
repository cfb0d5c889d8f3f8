"""Private files that are whole or absent, whenever the power or the process goes."""

from __future__ import annotations

import os
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, aside, and rename it into place, on the disk."""
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    # The mode is set at creation: there is no moment at which others may read it.
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    scratch.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
