"""Every failure at every save: what `make test` looks at a third of."""

import os
import subprocess
import sys

from tests.faults.points import FAILURES, POINTS
from tests.soak.report import Outcome

COUNT = len(POINTS) * len(FAILURES)
TEST = "tests/faults/test_crash_points.py"


def soak(count: int, seed: int) -> Outcome:
    """Run the test over all points: there is nothing to choose by count or seed."""
    del count, seed
    argv = [sys.executable, "-m", "pytest", "-q", TEST]
    done = subprocess.run(
        argv, env={**os.environ, "ONDOL_SOAK": "1"}, check=False, capture_output=True, text=True
    )
    failures = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return Outcome(COUNT, failures if done.returncode else [])
