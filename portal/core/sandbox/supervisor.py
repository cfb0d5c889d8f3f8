"""Watching over a running child: its output, its time, its disk, and the wish to stop it."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Literal, cast

from portal.core.sandbox import disk
from portal.core.sandbox.command import Command
from portal.core.sandbox.output import Streams
from portal.core.sandbox.task import Task

TICK_S = 0.1
LOOK_S = 0.5
"""How often the disk is looked at and the caller is asked."""

Reason = Literal["", "timeout", "graceful", "abort", "disk"]


@dataclass(frozen=True)
class Ended:
    returncode: int
    reason: Reason
    """Why we ended it, empty when it ended by itself."""
    stdout_tail: str
    stderr_tail: str


def supervise(task: Task, command: Command) -> Ended:
    """Run a command to its end. Whatever happens, nothing of its process group lives on."""
    process = subprocess.Popen(
        command.argv,
        cwd="/",
        env=command.env,
        pass_fds=command.inherited,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    pipes = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
    with Streams(*pipes, task.on_line) as streams:
        watch = _Watch(task, command, process.pid)
        try:
            while not _has_ended(process.pid):
                _pump(streams)
                watch.look()
            watch.look_at_disk()
        finally:
            # Before the leader is waited for: until then its number cannot be somebody else's.
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        streams.drain()
    stdout, stderr = streams.stdout_tail.text(), streams.stderr_tail.text()
    return Ended(process.returncode, watch.reason, stdout, stderr)


class _Watch:
    """Decides when a child must end, and sees to it that it does."""

    def __init__(self, task: Task, command: Command, group: int) -> None:
        self.reason: Reason = ""
        self._task = task
        self._folders = command.watched
        self._group = group
        now = time.monotonic()
        self._deadline = now + task.limits.wall_s
        self._next_look = now + LOOK_S

    def look(self) -> None:
        now = time.monotonic()
        if now >= self._deadline:
            self._stop("timeout", now)
        if now < self._next_look:
            return
        self._next_look = now + LOOK_S
        wish = self._task.cancelled() if self._task.cancelled else "none"
        if wish == "graceful" and not self.reason:
            self._stop("graceful", now)
        elif wish == "abort":
            self._kill("abort")
        self.look_at_disk()

    def look_at_disk(self) -> None:
        if disk.exceeds(self._folders, self._task.limits.disk_bytes):
            self._kill("disk")

    def _stop(self, reason: Reason, now: float) -> None:
        """Ask the child to end, and kill it when it was asked before and did not."""
        if self.reason:
            self._kill(reason)
            return
        self.reason = reason
        self._deadline = now + self._task.grace_s
        _signal_group(self._group, signal.SIGTERM)

    def _kill(self, reason: Reason) -> None:
        self.reason = self.reason or reason
        _signal_group(self._group, signal.SIGKILL)


def _pump(streams: Streams) -> None:
    if streams.ended:
        time.sleep(TICK_S / 10)
    else:
        streams.pump(TICK_S)


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
