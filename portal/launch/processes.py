"""The embedded product as processes under one manager: none outlives it."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Message, Printer

from portal.launch.redis_server import plan_redis
from portal.settings.env import REPOSITORY_ROOT, Env

PYTHON = sys.executable


class CannotStart(Exception):
    """A sentence that names what is in the way and the cure."""


class FilePrinter(Printer):  # type: ignore[misc]
    """Lines of the processes in `loud` on the screen as they are, the others' in files."""

    def __init__(self, folder: Path, loud: frozenset[str]) -> None:
        super().__init__(sys.stdout)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._loud = loud

    def write(self, message: Message) -> None:
        data = message.data
        text = data.decode(errors="replace") if isinstance(data, bytes) else str(data)
        if message.name in self._loud:
            print(text, end="", flush=True)
            return
        with (self._folder / f"{message.name}.log").open("a") as log:
            log.write(text)


@dataclass
class House:
    """What is to run: settings of the run, its environment and its processes by name."""

    env: Env
    port: int
    scratch: Path
    environment: dict[str, str]
    commands: dict[str, list[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.environment["ONDOL_PUBLIC_URL"]


def prepare(port: int, extra: Mapping[str, str] | None = None) -> House:
    """Check what could be in the way, bring the database up to date, and plan the processes."""
    check_port(port)
    scratch = Path(tempfile.mkdtemp(prefix="ondol-"))
    given = Env()
    plan = plan_redis(given.redis_url, scratch / "redis.sock")
    environment = {
        **os.environ,
        "ONDOL_PUBLIC_URL": os.environ.get("ONDOL_PUBLIC_URL", f"http://127.0.0.1:{port}"),
        "ONDOL_REDIS_URL": plan.url,
        # On loopback the best sandbox present is taken, and named.
        "ONDOL_SANDBOX_WORST": os.environ.get("ONDOL_SANDBOX_WORST", "3"),
        "PYTHONUNBUFFERED": "1",
        **(extra or {}),
    }
    house = House(given, port, scratch, environment)
    given.home.mkdir(parents=True, exist_ok=True)
    if told := manage(house, "update"):
        print(told, flush=True)
    manage(house, "load_reference")
    if plan.command:
        house.commands["redis"] = plan.command
    house.commands |= server_commands(port)
    return house


def server_commands(port: int) -> dict[str, list[str]]:
    """Return web, worker and janitor."""
    web = [PYTHON, "-m", "uvicorn", "portal.asgi:application", "--host", "127.0.0.1"]
    web += ["--port", str(port), "--timeout-graceful-shutdown", "3", "--no-server-header"]
    web += ["--http", "portal.core.http.slow_heads:PatientProtocol"]
    # The application reads the headers of proxies itself.
    web.append("--no-proxy-headers")
    # Threads, because each piece of heavy work is a sandboxed child of its own.
    worker = [PYTHON, "-m", "celery", "-A", "portal.celery", "worker", "--pool", "threads"]
    worker += ["--concurrency", "4", "--loglevel", "WARNING", "--without-gossip"]
    return {
        "web": [*web, "--log-level", "warning"],
        "worker": [*worker, "--without-mingle"],
        "janitor": [PYTHON, "manage.py", "janitor"],
    }


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be used ({error.strerror}). Name another: make demo PORT=8010"
            ) from error


def manage(house: House, *arguments: str) -> str:
    """Run one of Django's commands and return what it printed."""
    done = subprocess.run(
        [PYTHON, "manage.py", *arguments],
        cwd=REPOSITORY_ROOT,
        env=house.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise CannotStart(f"`manage.py {arguments[0]}` failed: {last}")
    return done.stdout.strip()


def run_house(house: House, *, loud: frozenset[str]) -> int:
    """Run the processes until one ends or Ctrl-C; return its exit code. None is left behind."""
    manager = Manager(FilePrinter(house.env.home / "logs", loud))
    for name, command in house.commands.items():
        # `exec`: the shell becomes the program, so signals reach it.
        line = "exec " + shlex.join(command)
        manager.add_process(name, line, env=house.environment, cwd=str(REPOSITORY_ROOT))
    try:
        manager.loop()
    finally:
        shutil.rmtree(house.scratch, ignore_errors=True)
    return int(manager.returncode or 0)
