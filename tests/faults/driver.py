"""One run of a disturbed lab, over the database and the Redis that the environment names."""

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
        os.kill(cursor.fetchone()[0], signal.SIGKILL)
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
            told = Counter[str]()
            if what == "kills":
                others = {"redis": redis.kill} if redis else {}
                if connection.vendor == "postgresql":
                    others["postgresql"] = kill_backend
                told = kill(lab, count, others)
                failures = lab.rest()
            else:
                told, failures = network(lab, home, count, seed)
            ends = Counter(Job.objects.values_list("state", flat=True))
    finally:
        if redis:
            redis.stop()
    detail = {"jobs": ends, "faults": told, "acknowledged": len(lab.asked)}
    return {"failures": failures, "detail": detail}


def network(lab: Lab, home: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    with bad_network(lab, home, seed) as weather:
        disturb(lab, weather, count)
        return weather.counts, lab.rest()
