"""Running small programs in the sandbox, at every level that this machine has."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

from portal.core.sandbox.run import Completed, Level, SandboxBroken, run
from portal.core.sandbox.task import Options

PATIENCE_S = 10


def _works(level: Level) -> bool:
    try:
        return run(["/bin/true"], level=level).returncode == 0
    except SandboxBroken:
        return False


ALL = [level for level in Level if _works(level)]
FENCED = [level for level in ALL if level is not Level.RLIMITS]


def run_code(code: str, **options: Unpack[Options]) -> Completed:
    return run([sys.executable, "-c", code], **options)


@contextmanager
def bystander(**env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a process that has nothing to do with the sandbox."""
    with subprocess.Popen(["/bin/sleep", "60"], env=env) as process:
        yield process
        process.kill()


def is_free(lock: Path) -> bool:
    """Tell whether nobody holds a lock; wait a while, since a killed process takes its time."""
    give_up = time.monotonic() + PATIENCE_S
    with lock.open("rb") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    return False
                time.sleep(0.05)
            else:
                return True
