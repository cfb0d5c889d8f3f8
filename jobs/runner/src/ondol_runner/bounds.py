"""What one job may take of its host, so that it ends before the runner or the host does."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

LARGEST_FILE_BYTES = 8 * 2**30
KILLED_FIRST = "1000"
OOM_SCORE = Path("/proc/self/oom_score_adj")


def bound_this_process() -> list[str]:
    """Bound this process and those it starts; return what this host does not allow, in words."""
    memory = psutil.virtual_memory().total
    bounds: list[tuple[str, Callable[[], object]]] = [
        ("the memory of a job", lambda: _limit(resource.RLIMIT_DATA, memory)),
        ("the size of its files", lambda: _limit(resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES)),
        ("core dumps", lambda: _limit(resource.RLIMIT_CORE, 0)),
        ("who is killed first when memory is short", lambda: OOM_SCORE.write_text(KILLED_FIRST)),
    ]
    refused = []
    for what, bound in bounds:
        try:
            bound()
        except (OSError, ValueError):
            refused.append(what)
    return refused


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    print("\n".join(bound_this_process()))
    sys.exit(0)
