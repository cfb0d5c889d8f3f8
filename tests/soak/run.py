"""`make soak [ONLY=name] [N=count] [SEED=n]`: what counts in hundreds.

A soak is a module of this folder with COUNT, how many it does when nobody says,
and `soak(count, seed) -> Outcome`.
"""

import argparse
import importlib
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
    given = parser.parse_args()
    failed = False
    for name in given.only or names:
        module = importlib.import_module(f"tests.soak.{name}")
        outcome = module.soak(given.count or module.COUNT, given.seed)
        path = keep(name, given.seed, outcome)
        failed |= bool(outcome.failures)
        print(f"{name}: {outcome.count} with seed {given.seed}, {len(outcome.failures)} failures")
        for line in outcome.failures[:20]:
            print(f"  {line}")
        print(f"  -> {path.relative_to(ROOT)}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
