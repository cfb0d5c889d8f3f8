"""SIGKILLs of web, worker, janitor, runners, Redis and PostgreSQL while jobs run."""

from tests.soak.lab_runs import run_lab
from tests.soak.report import Outcome

COUNT = 1_000


def soak(count: int, seed: int) -> Outcome:
    return run_lab("kills", count, seed)
