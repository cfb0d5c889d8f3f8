"""Orders of calls about jobs, as Hypothesis finds them: the count is of examples of 30 calls."""

import os
import subprocess
import sys

from tests.soak.report import Outcome

COUNT = 300
TEST = "tests/faults/test_states.py"


def soak(count: int, seed: int) -> Outcome:
    argv = [sys.executable, "-m", "pytest", "-q", TEST, f"--hypothesis-seed={seed}"]
    env = {**os.environ, "ONDOL_SOAK_EXAMPLES": str(count)}
    done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    failures = [line for line in lines if line.startswith(("FAILED", "E  "))]
    return Outcome(count, failures if done.returncode else [])
