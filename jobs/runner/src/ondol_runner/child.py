"""A child process with a process group of its own, ended as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ondol_runner.faults import Fault
from ondol_runner.logs import LogFile
from ondol_runner.orders import Order, Orders
from ondol_runner.protocol import Reason, sentence
from ondol_runner.status import StatusFile

PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ")
FOREVER_S = 86400.0
DRAIN_S = 5.0


def child_environment(scratch: Path) -> dict[str, str]:
    """Return what a child may know: no secret of ours, and a home and temporary folder to fill."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        # Engines installed for one user are found by the home folder otherwise.
        "PYTHONUSERBASE": site.getuserbase(),
        # A file in the working folder never stands in for a module.
        "PYTHONSAFEPATH": "1",
    }


class Child:
    """One running program of ours. Its output goes to a log, and it rings when it ends."""

    def __init__(
        self, module: str, arguments: Sequence[str], scratch: Path, log: LogFile, orders: Orders
    ) -> None:
        self._orders = orders
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env=child_environment(scratch),
            start_new_session=True,
        )
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._drain, args=(log,), daemon=True),
            threading.Thread(target=self._await_end, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def supervise(self, status: StatusFile, *, term_grace_s: float, stall_s: float) -> int:
        """Wait for the end and return the exit code; no process of the group is left then.

        Raises Ordered after an order has been carried out, and Fault with `timeout` after killing
        a child whose status stood still for too long.
        """
        try:
            stalled = self._watch(status, term_grace_s, stall_s)
        finally:
            self._kill_group()
        self._orders.check()
        if stalled:
            raise Fault(
                Reason.TIMEOUT,
                sentence(
                    "no_progress",
                    "The measurement made no progress for {seconds} seconds and was ended.",
                    seconds=round(stall_s),
                ),
            )
        return self._process.returncode

    def _watch(self, status: StatusFile, term_grace_s: float, stall_s: float) -> bool:
        """Wait for the end, for an order that kills, or for a stall; answer whether it stalled."""
        changed, changed_at = status.changed_at_ns(), time.monotonic()
        patience_s = stall_s
        seen: Order | None = None
        while not self._ended.is_set():
            current = self._orders.current
            if current != seen:
                if current is not Order.CANCEL:
                    return False
                seen, changed_at, patience_s = current, time.monotonic(), term_grace_s
                self._signal(signal.SIGTERM)
            elif seen is None and status.changed_at_ns() != changed:
                changed, changed_at = status.changed_at_ns(), time.monotonic()
            left_s = changed_at + patience_s - time.monotonic()
            if left_s <= 0:
                return True
            self._wait(seen, left_s)
        return False

    def _wait(self, seen: Order | None, seconds: float) -> None:
        self._orders.wait(
            lambda: self._ended.is_set() or self._orders.current != seen,
            min(seconds, FOREVER_S),
        )

    def _kill_group(self) -> None:
        """Kill whatever is left, then reap; the unreaped leader keeps the group's number ours."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        for thread in self._threads:
            # Whoever left the group and kept the pipe open is not waited for.
            thread.join(DRAIN_S)
        if self._process.stdout is not None and not self._threads[0].is_alive():
            self._process.stdout.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _drain(self, log: LogFile) -> None:
        if self._process.stdout is not None:
            log.drain(self._process.stdout)

    def _await_end(self) -> None:
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self._ended.set()
        self._orders.ring()
