"""Running a child process that reads bytes nobody vouches for."""

import os
import signal
from functools import cache
from typing import Unpack

from portal.core.sandbox.command import Command, prepared
from portal.core.sandbox.interpreter import python_argv, python_paths
from portal.core.sandbox.limits import Level, Limits
from portal.core.sandbox.supervisor import Ended, supervise
from portal.core.sandbox.task import Completed, Exceeded, Options, SandboxBroken, Task

__all__ = [
    "Completed",
    "Level",
    "Limits",
    "SandboxBroken",
    "SandboxTooWeak",
    "best_level",
    "python_argv",
    "python_paths",
    "require_level",
    "run",
]

SIGNALLED = 128
"""What bubblewrap adds to the number of the signal that killed its child."""
LAST_WORDS: tuple[tuple[str, Exceeded], ...] = (
    ("MemoryError", "memory"),
    ("bad_alloc", "memory"),
    ("Cannot allocate memory", "memory"),
    ("can't allocate memory", "memory"),
    ("File too large", "file_size"),
)


class SandboxTooWeak(RuntimeError):
    """No sandbox here is as good as the one that was asked for."""


def run(argv: list[str], **options: Unpack[Options]) -> Completed:
    """Run a command in the sandbox and return how it ended; its failure is not an exception.

    `argv[0]` is an absolute path. The interpreter and our own packages are always readable.
    Raises SandboxTooWeak before anything runs where `worst` cannot be had, SandboxBroken when
    the fence fails, and whatever `on_line` and `cancelled` raise, after the child was killed.
    """
    task = Task(argv, **options)
    level = task.level or require_level(task.worst)
    with prepared(task, level) as command:
        ended = supervise(task, command)
        # Who is stopped early on may not have come so far.
        if not ended.reason and not _was_jailed(command):
            raise SandboxBroken(f"{level.name}: {ended.stderr_tail.strip()}")
    returncode = ended.returncode
    if level is Level.BUBBLEWRAP and SIGNALLED < returncode <= SIGNALLED + signal.SIGRTMAX:
        returncode = SIGNALLED - returncode
    return Completed(
        returncode=returncode,
        stdout_tail=ended.stdout_tail,
        stderr_tail=ended.stderr_tail,
        timed_out=ended.reason == "timeout",
        killed_by_limit=_exceeded(returncode, ended),
        cancelled=ended.reason in {"graceful", "abort"},
    )


@cache
def best_level() -> Level:
    """Return the best level this machine offers, found by running a child at each."""
    for level in Level:
        try:
            done = run(
                python_argv("platform"), level=level, limits=Limits(wall_s=30, memory_bytes=2**30)
            )
        except SandboxBroken:
            continue
        if done.returncode == 0:
            return level
    raise SandboxTooWeak("No child process can be limited on this machine.")


def require_level(worst: Level) -> Level:
    """Return the best level, or raise SandboxTooWeak when it is worse than the one allowed."""
    best = best_level()
    if best > worst:
        raise SandboxTooWeak(
            f"The best sandbox here is {best.name}, but {worst.name} is the least that is allowed. "
            "Install bubblewrap, use a kernel with Landlock (5.13 or newer), or set "
            "ONDOL_SANDBOX_WORST for use on this machine alone."
        )
    return best


def _was_jailed(command: Command) -> bool:
    os.set_blocking(command.ready, False)
    try:
        return os.read(command.ready, 1) == b"1"
    except BlockingIOError:
        return False


def _exceeded(returncode: int, ended: Ended) -> Exceeded:
    if ended.reason:
        return "disk" if ended.reason == "disk" else ""
    by_signal: dict[int, Exceeded] = {
        -signal.SIGXCPU: "cpu",
        -signal.SIGXFSZ: "file_size",
        # Nobody here sent it: the kernel was out of memory.
        -signal.SIGKILL: "memory",
    }
    if returncode in by_signal:
        return by_signal[returncode]
    if returncode != 0:
        words = ended.stderr_tail[-2000:]
        return next((limit for sign, limit in LAST_WORDS if sign in words), "")
    return ""
