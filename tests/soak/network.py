"""Cut, delayed, dripping, half-open, corrupted and lost exchanges between runners and server."""

from tests.soak.lab_runs import run_lab
from tests.soak.report import Outcome

COUNT = 1_000


def soak(count: int, seed: int) -> Outcome:
    return run_lab("network", count, seed)
