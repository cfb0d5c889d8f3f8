"""The way of a job to its runner: latency, claims a second, what waiting costs, and live logs.

Runners are simulated, on one machine with the server, PostgreSQL and Redis: what they cost
themselves makes every figure worse than it is in use.
"""

import json
import subprocess
import sys

from tests import services
from tests.bench.report import Ratio


def bench() -> list[Ratio]:
    with services.lab() as env:
        argv = [sys.executable, "-m", "tests.bench.dispatch_runs"]
        done = subprocess.run(argv, cwd=services.ROOT, env=env, stdout=subprocess.PIPE, check=True)
    return [Ratio(**row) for row in json.loads(done.stdout.splitlines()[-1])]
