"""`make soak [ONLY=name] [N=count] [SEED=n] [HOURS=h]`: what counts in hundreds.

A soak is a module of this folder with COUNT, how many it does when nobody says,
and `soak(count, seed) -> Outcome`. With HOURS each goes on with next seeds until they are over.
"""

import argparse
import importlib
import itertools
import pkgutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import tests.soak as folder  # noqa: E402
from tests.soak.report import keep  # noqa: E402

NOT_SOAKS = {"hostile_world", "payloads", "run", "report", "served", "dying_server", "lab_runs"}
NOT_SOAKS |= {"storm_runs"}


def main() -> int:
    names = [row.name for row in pkgutil.iter_modules(folder.__path__) if row.name not in NOT_SOAKS]
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=names, action="append")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--hours", type=float, default=0.0)
    given = parser.parse_args()
    # Of a list: every soak runs, however one before it ended.
    failed = [not soaked(name, given) for name in given.only or names]
    return int(any(failed))


def soaked(name: str, given: argparse.Namespace) -> bool:
    """Run one soak, again and again where hours are given; tell whether nothing failed."""
    module = importlib.import_module(f"tests.soak.{name}")
    until = time.monotonic() + given.hours * 3600
    whole = True
    for seed in itertools.count(given.seed):
        begun = time.monotonic()
        outcome = module.soak(given.count or module.COUNT, seed)
        kept = keep(name, seed, outcome, time.monotonic() - begun)
        whole &= not outcome.failures
        print(f"{name}: {outcome.count} with seed {seed}, {len(outcome.failures)} failures")
        for line in outcome.failures[:20]:
            print(f"  {line}")
        print(f"  {kept.said}", flush=True)
        if time.monotonic() >= until:
            break
    return whole


if __name__ == "__main__":
    sys.exit(main())
