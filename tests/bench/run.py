"""`make bench [ONLY=name]`: ratios to a named peer or limit, never absolute times.

A benchmark is a module of this folder with `bench() -> list[Ratio]`; a name on the
command line may be written with hyphens.
"""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import tests.bench as folder  # noqa: E402
from tests.bench.report import keep  # noqa: E402

NOT_BENCHES = {
    "run",
    "report",
    "ranking",
    "search_runs",
    "catalog_runs",
    "dispatch_runs",
    "eta_runs",
    "processor",
}


def main() -> int:
    modules = {row.name for row in pkgutil.iter_modules(folder.__path__)} - NOT_BENCHES
    names = sorted(name.replace("_", "-") for name in modules)
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=names, action="append")
    given = parser.parse_args()
    holds = True
    for name in given.only or names:
        module = importlib.import_module(f"tests.bench.{name.replace('-', '_')}")
        ratios = module.bench()
        path = keep(name, ratios)
        for row in ratios:
            holds &= row.holds
            print(
                f"{row.name}: {row.value:.4g} {row.unit}, {row.peer} {row.peer_value:.4g},"
                f" ratio {row.ratio:.3g}, goal {row.goal}: {'holds' if row.holds else 'MISSED'}"
            )
        print(f"  -> {path.relative_to(ROOT)}", flush=True)
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
