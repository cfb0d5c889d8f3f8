"""The way of a job to its runner: latency, claims a second, what waiting costs, and live logs.

Runners are simulated, on one machine with the server, PostgreSQL and Redis: what they cost
themselves makes every figure worse than it is in use.
"""

import json
import os
import subprocess
import sys
import tempfile

from tests import services
from tests.bench.report import Ratio


def bench() -> list[Ratio]:
    with (
        tempfile.TemporaryDirectory(prefix="ondol-") as home,
        services.postgresql() as database,
        services.redis() as redis,
    ):
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.base",
            "ONDOL_HOME": home,
            "ONDOL_DATABASE_URL": database,
            "ONDOL_REDIS_URL": redis,
            "ONDOL_SANDBOX_WORST": "3",
        }
        argv = [sys.executable, "-m", "tests.bench.dispatch_runs"]
        done = subprocess.run(argv, cwd=services.ROOT, env=env, stdout=subprocess.PIPE, check=True)
    return [Ratio(**row) for row in json.loads(done.stdout.splitlines()[-1])]
