"""A server of its own for a soak: a process that may be killed, over a home that stays."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "only-for-this-soak-1"
START_S = 60.0


class Served:
    """The web process over a fresh SQLite home."""

    def __init__(self, home: Path, scope: str = "write", **settings: str) -> None:
        self.home = home
        self._env = {
            **os.environ,
            "ONDOL_HOME": str(home),
            "ONDOL_ADMIN_PASSWORD": PASSWORD,
            "ONDOL_SANDBOX_WORST": "3",
            "ONDOL_REDIS_URL": "redis://127.0.0.1:1/0",
            **settings,
        }
        for words in (["migrate", "-v0"], ["ensure_admin"], ["load_reference"]):
            self._manage(*words)
        self.token = self._manage("create_token", "admin", "--scope", scope).split()[-1]
        self._process: subprocess.Popen[bytes] | None = None

    def _manage(self, *words: str) -> str:
        argv = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            argv, cwd=ROOT, env=self._env, check=True, capture_output=True, text=True
        )
        return done.stdout

    @contextmanager
    def running(self, die_at: str = "") -> Iterator[str]:
        """Serve, and return the address. `die_at` is the step at which the process kills itself."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        argv = [sys.executable, "-m", "tests.soak.dying_server", port, die_at]
        self._process = subprocess.Popen(argv, cwd=ROOT, env=self._env)
        try:
            _wait_for(int(port), self._process)
            yield f"http://127.0.0.1:{port}"
        finally:
            self._process.kill()
            self._process.wait()

    def wait_dead(self) -> None:
        if self._process is not None:
            self._process.wait(START_S)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as wire:
            if wire.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
