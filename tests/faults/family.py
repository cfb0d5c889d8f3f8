"""Processes that may be killed at any moment: forked from a warm one, so they start quickly."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import django.db
from ondol_runner.lifeline import tie_to_parent

STANDARD = (0, 1, 2)

Work = Callable[[], object]


class Family:
    """Children by name. Each runs `work` for ever; one that is killed is begun again by `start`."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._works: dict[str, Work] = {}
        self._pids: dict[str, int] = {}

    @property
    def names(self) -> list[str]:
        return list(self._works)

    def add(self, name: str, work: Work) -> None:
        self._works[name] = work
        self.start(name)

    def start(self, name: str) -> None:
        django.db.connections.close_all()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(name, parent)
        self._pids[name] = pid

    def _become(self, name: str, parent: int) -> None:
        """Work as a child until the end; nothing of the parent's own is left open."""
        code = 1
        try:
            os.setsid()
            tie_to_parent(parent)
            log = os.open(self._logs / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            # Not closed: whoever still writes to one of them would write into what is opened next.
            for held in Path("/proc/self/fd").iterdir():
                with contextlib.suppress(OSError):
                    os.dup2(log, int(held.name), inheritable=int(held.name) in STANDARD)
            sys.stdout = sys.stderr = os.fdopen(2, "w", closefd=False)
            self._works[name]()
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def kill(self, name: str) -> None:
        """End a child as the kernel does when memory is short: without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pids[name], signal.SIGKILL)
        os.waitpid(self._pids[name], 0)

    def ended(self) -> list[str]:
        """Begin anew, and name, whatever ended without being killed."""
        found = []
        for name, pid in self._pids.items():
            if os.waitpid(pid, os.WNOHANG)[0]:
                found.append(name)
        for name in found:
            self.start(name)
        return found

    def kill_all(self) -> None:
        for name in self._pids:
            with contextlib.suppress(ChildProcessError):
                self.kill(name)
        self._pids.clear()
