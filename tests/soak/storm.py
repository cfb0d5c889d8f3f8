"""Hundreds of runners that return at once to a server that was killed; the count is of runners."""

import json
import subprocess
import sys

from tests import services
from tests.soak.report import Outcome

COUNT = 500


def soak(count: int, seed: int) -> Outcome:
    with services.lab() as env:
        argv = [sys.executable, "-m", "tests.soak.storm_runs", str(count), str(seed)]
        done = subprocess.run(argv, cwd=services.ROOT, env=env, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return Outcome(0, [f"the storm ended with {done.returncode}"])
    told = json.loads(done.stdout.splitlines()[-1])
    return Outcome(count, told["failures"], told["detail"])
