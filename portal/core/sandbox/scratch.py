"""The folder a child works in: gone after the run, or by the next run where its owner was killed.

A folder is locked for as long as its owner lives, so an unlocked one is nobody's.
"""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PREFIX = "ondol-scratch-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Lend an empty folder; what killed processes of this user left behind is removed first."""
    _sweep()
    with ExitStack() as stack:
        folder, lock = _locked()
        stack.callback(os.close, lock)
        stack.callback(_clear, folder)
        yield folder


def _locked() -> tuple[Path, int]:
    """Make a folder and lock it; one that a sweep met in between is made anew."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            lock = _opened(folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.fstat(lock).st_nlink:
                return folder, lock
            os.close(lock)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # Another user's, or gone by now, or locked: not ours to remove.
        with suppress(OSError):
            lock = _opened(folder)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.geteuid():
                    _clear(folder)
            finally:
                os.close(lock)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _clear(folder: Path) -> None:
    # Python's own removal descends by recursion, which a child that nests folders would exhaust.
    subprocess.run(["/bin/rm", "-rf", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)
