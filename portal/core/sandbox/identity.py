"""Who a sandboxed child is: when we are root, somebody who owns nothing."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# The range that systemd hands out for the same purpose: no account has its number there.
FIRST_UID = 61184
LAST_UID = 65519


def choose_uid() -> int | None:
    """Return a user id for one child, or None where we are not root or cannot hand one out."""
    if os.geteuid() != 0 or not _is_mapped(LAST_UID):
        return None
    return FIRST_UID + secrets.randbelow(LAST_UID - FIRST_UID + 1)


@contextmanager
def lent(folders: Sequence[Path], uid: int | None) -> Iterator[None]:
    """Give folders to the child for as long as it runs: it may make files in them.

    What already lies in them stays ours, and is not the child's to change.
    """
    before = [(folder, folder.stat()) for folder in folders]
    if uid is not None:
        for folder in folders:
            os.chown(folder, uid, -1)
    try:
        yield
    finally:
        if uid is not None:
            for folder, owner in before:
                os.chown(folder, owner.st_uid, -1)


def _is_mapped(uid: int) -> bool:
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= uid < first + count:
            return True
    return False
