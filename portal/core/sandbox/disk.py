"""How much a child has written."""

import os
from collections.abc import Iterable
from pathlib import Path

MOST_ENTRIES = 20_000
LONGEST_PATH = 2_000
BLOCK = 512


def exceeds(folders: Iterable[Path], limit_bytes: int) -> bool:
    """Tell whether folders hold more bytes than allowed, or more or deeper than anything needs."""
    used = entries = 0
    waiting = [str(folder) for folder in folders]
    while waiting:
        for entry in _entries(waiting.pop()):
            entries += 1
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            else:
                used += _size(entry)
            if max(entries - MOST_ENTRIES, len(entry.path) - LONGEST_PATH, used - limit_bytes) > 0:
                return True
    return False


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return [entry for entry, _ in zip(found, range(MOST_ENTRIES + 1), strict=False)]
    except OSError:  # gone in the meantime, or closed to us by the child: its bytes were few then
        return []


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * BLOCK
    except OSError:
        return 0
