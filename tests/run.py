"""`make test`: every tier whose service is found; ends by naming each tier that did not run.

Three tiers run at a time, for many of them wait as much as they compute; each is one process, so
that what tests import and set up is paid for once. What one prints comes when it ended. With
ONDOL_REQUIRE_ALL=1 a missing tier is a failure.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import hub_clients, services  # noqa: E402

BROWSER = [sys.executable, "-m", "pytest", "-q"]
PYTEST = [*BROWSER, "-p", "no:playwright"]
HERE = ["-m", "not live and not browser and not clients and not front"]
MODELS = ("tests/jobs", "tests/repository")
FRONTEND = ROOT / "frontend"
# With Django made unimportable, the runner's tests prove that it stands alone.
ALONE = """
import sys
sys.modules["django"] = None
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Tier:
    """A part of the tests: `missing` says what to install when it cannot run here.

    Tiers that search share one Elasticsearch, for it takes long to start.
    """

    name: str
    run: Callable[[ExitStack], bool]
    missing: Callable[[], str] = lambda: ""
    searches: bool = False


def call(*command: str, cwd: Path = ROOT, **environment: str) -> bool:
    clean = {name: value for name, value in os.environ.items() if name != "ONDOL_HOME"}
    done = subprocess.run(command, cwd=cwd, env={**clean, **environment}, check=False)
    return done.returncode == 0


def static(_: ExitStack) -> bool:
    """Check formats, types, import contracts and schema drift."""
    python = sys.executable
    binaries = Path(python).parent
    checks = [
        call(str(binaries / "ruff"), "check", "."),
        call(str(binaries / "ruff"), "format", "--check", "."),
        call(str(binaries / "mypy"), "portal", "repository", "jobs"),
        call(str(binaries / "mypy"), "src", cwd=ROOT / "jobs" / "runner"),
        call(str(binaries / "mypy"), "src", cwd=ROOT / "repository" / "client"),
        call(str(binaries / "lint-imports"), "--no-cache"),
        call(python, "tests/schema_drift.py"),
        call("npm", "run", "--silent", "check", cwd=FRONTEND),
    ]
    return all(checks)


def backend(_: ExitStack) -> bool:
    """Test what no other tier does, but for the two folders of the next one."""
    others = [f"--ignore={folder}" for folder in MODELS]
    return call(*PYTEST, *HERE, "tests", *others)


def models(_: ExitStack) -> bool:
    """Test what keeps, converts and measures models."""
    return call(*PYTEST, *HERE, *MODELS)


def alone(*arguments: str) -> bool:
    command = [sys.executable, "-c", ALONE, "-p", "no:django", "-q", *arguments]
    return call(*command, cwd=ROOT / "jobs" / "runner")


def runner(_: ExitStack) -> bool:
    return alone("-m", "not systemd", "tests")


def systemd(_: ExitStack) -> bool:
    return alone("-m", "systemd", "tests/test_service.py")


def frontend(_: ExitStack) -> bool:
    return call("npm", "run", "--silent", "test", cwd=FRONTEND)


def postgresql(stack: ExitStack) -> bool:
    url = os.environ.get("ONDOL_TEST_DATABASE_URL") or stack.enter_context(services.postgresql())
    folders = ["tests/portal", "tests/repository", "tests/search", "tests/jobs"]
    # Of no database at all, and slow to be imported.
    skipped = [
        f"--ignore-glob=*{name}*" for name in ("sandbox", "readers", "training", "converters")
    ]
    # What a job does between two looks at the database, in real processes, on one database.
    skipped += ["--ignore-glob=*runner_live*", "--ignore-glob=*test_conversions*"]
    return call(*PYTEST, "--of-database", *HERE, *folders, *skipped, ONDOL_DATABASE_URL=url)


def elasticsearch(stack: ExitStack) -> bool:
    url = stack.enter_context(services.elasticsearch())
    return call(*PYTEST, "-m", "live", "tests/search", ONDOL_ELASTICSEARCH_URL=url)


def clients(_: ExitStack) -> bool:
    return call(*PYTEST, "-m", "clients", "tests/hub")


def front(_: ExitStack) -> bool:
    return call(*PYTEST, "-m", "front", "tests/front")


def browser(stack: ExitStack) -> bool:
    shutil.rmtree(ROOT / "build" / "screenshots", ignore_errors=True)
    extra = {}
    if not services.missing_elasticsearch():
        extra["ONDOL_ELASTICSEARCH_URL"] = stack.enter_context(services.elasticsearch())
    return call(*BROWSER, "-m", "browser", "tests/e2e", **extra)


# The longest first, so that the last ones end together.
TIERS = [
    Tier("backend", backend),
    Tier("browser", browser, services.missing_browser, searches=True),
    Tier("models", models),
    Tier("postgresql", postgresql, services.missing_postgresql),
    Tier("static", static, services.missing_node),
    Tier("runner", runner),
    Tier("clients", clients, hub_clients.missing),
    Tier("elasticsearch", elasticsearch, services.missing_elasticsearch, searches=True),
    Tier("frontend", frontend, services.missing_node),
    Tier("front", front, services.missing_nginx),
    Tier("systemd", systemd, services.missing_systemd),
]
AT_A_TIME = 3


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=[tier.name for tier in TIERS], action="append")
    given = parser.parse_args()
    chosen = [tier for tier in TIERS if not given.only or tier.name in given.only]
    os.environ["PATH"] = os.pathsep.join([str(ROOT / ".venv/node-bin"), os.environ["PATH"]])
    advice = {tier.name: tier.missing() for tier in chosen}
    left_out = [f"{name}: {cure}" for name, cure in advice.items() if cure]
    able = [tier for tier in chosen if not advice[tier.name]]
    if chosen == able and len(able) == 1:
        return 0 if run_here(able[0]) else 1
    with (
        ExitStack() as stack,
        ThreadPoolExecutor(1) as beside,
        ThreadPoolExecutor(AT_A_TIME) as lanes,
    ):
        search = beside.submit(open_search, stack, able)
        passed = list(lanes.map(lambda tier: run_apart(tier, search), able))
    failed = [tier.name for tier, ok in zip(able, passed, strict=True) if not ok]
    return report(failed, left_out)


def open_search(stack: ExitStack, tiers: list[Tier]) -> str:
    """Start the Elasticsearch that these tiers share, where there is one; return its URL."""
    if services.missing_elasticsearch() or not any(tier.searches for tier in tiers):
        return ""
    return stack.enter_context(services.elasticsearch())


def run_here(tier: Tier) -> bool:
    with ExitStack() as stack:
        return tier.run(stack)


def run_apart(tier: Tier, search: Future[str]) -> bool:
    """Run a tier as a process of its own and print it whole, so that no two are mixed."""
    given = {}
    if tier.searches and (url := search.result()):
        given["ONDOL_TEST_ELASTICSEARCH_URL"] = url
    begun = time.monotonic()
    print(f"=== {tier.name} begins\n", end="", flush=True)
    done = subprocess.run(
        [sys.executable, __file__, "--only", tier.name],
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    ok = done.returncode == 0
    end = f"=== {tier.name} {'passed' if ok else 'FAILED'}, {time.monotonic() - begun:.0f} s"
    print(f"\n=== {tier.name}\n{done.stdout}{end}", flush=True)
    return ok


def report(failed: list[str], left_out: list[str]) -> int:
    print()
    for line in left_out:
        print(f"not run: {line}")
    if failed:
        print(f"failed: {', '.join(failed)}")
        return 1
    if left_out and os.environ.get("ONDOL_REQUIRE_ALL") == "1":
        print("ONDOL_REQUIRE_ALL is set: a tier that did not run is a failure.")
        return 1
    print("every tier that ran has passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
