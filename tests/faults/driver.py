"""One run of a disturbed lab, over the database and the Redis that the environment names."""

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from jobs.models import Job
from tests.faults.lab import Lab, open_lab, shorten
from tests.faults.nemesis import bad_network, disturb, kill
from tests.jobs.processes import command_of

CHILD = "jobs.converters.child"
RECOVERING_S = 0.1
RUNNERS = {"kills": 2, "network": 6}


class Redis:
    """A Redis of this run that comes back empty."""

    def __init__(self) -> None:
        socket = settings.REDIS_URL.removeprefix("unix://")
        self._argv = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", ""]
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def kill_backend() -> None:
    """Kill one process of PostgreSQL, upon which it cuts everybody off and recovers."""
    while not _connected():
        time.sleep(RECOVERING_S)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() ORDER BY random()"
        )
        for (pid,) in cursor.fetchall():
            # Whoever was connected a moment ago may have left.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                break
    connection.close()


def _connected() -> bool:
    """Say whether PostgreSQL is back from the last kill."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def drive(what: str, count: int, seed: int) -> dict[str, Any]:
    """Disturb a lab, let it rest, and return the broken promises with what was done to it."""
    home = settings.ENV.home
    shorten()
    call_command("migrate", verbosity=0)
    redis = Redis() if settings.REDIS_URL.startswith("unix://") else None
    try:
        with open_lab(home, seed, runners=RUNNERS[what], broker=redis is not None) as lab:
            lab.converts = what == "kills"
            told = Counter[str]()
            if what == "kills":
                others = {"redis": redis.kill} if redis else {}
                if connection.vendor == "postgresql":
                    others["postgresql"] = kill_backend
                told = kill(lab, count, others)
                failures = lab.rest()
            else:
                told, failures = network(lab, home, count, seed)
            jobs = Job.objects.values_list("kind", "state")
            ends = Counter(f"{kind} {state}" for kind, state in jobs)
            failures += orphans(home)
    finally:
        if redis:
            redis.stop()
    detail = {"jobs": ends, "faults": told, "acknowledged": len(lab.asked)}
    return {"failures": failures, "detail": detail}


def orphans(home: Path) -> list[str]:
    """Name every child of a conversion that outlived its worker."""
    commands = [command_of(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")]
    told = [" ".join(command) for command in commands if CHILD in command]
    return [f"it lives without its worker: {line}" for line in told if str(home) in line]


def network(lab: Lab, home: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    with bad_network(lab, home, seed) as weather:
        disturb(lab, weather, count)
        return weather.counts, lab.rest()
