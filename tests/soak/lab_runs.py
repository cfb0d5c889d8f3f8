"""Runs of a whole lab that is being disturbed, in a process and with services of their own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.services import missing_postgresql, postgresql
from tests.soak.report import Outcome

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "soak"


def run_lab(what: str, count: int, seed: int) -> Outcome:
    """Disturb a lab on the best services found here; keep its logs where a promise was broken."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ondol-lab-")))
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.base",
            "ONDOL_HOME": str(home),
            "TMPDIR": str(home),
            "ONDOL_SANDBOX_WORST": "3",
        }
        env.pop("ONDOL_DATABASE_URL", None)
        if shutil.which("redis-server"):
            env["ONDOL_REDIS_URL"] = f"unix://{home}/redis.sock"
        if not missing_postgresql():
            env["ONDOL_DATABASE_URL"] = stack.enter_context(postgresql())
        argv = [sys.executable, "-m", "tests.faults", what, str(count), str(seed)]
        with (home / "driver.log").open("w") as log:
            done = subprocess.run(
                argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log, check=False
            )
        outcome = _read(done, count)
        if outcome.failures:
            logs = KEPT / f"{what}-{seed}"
            shutil.rmtree(logs, ignore_errors=True)
            logs.mkdir(parents=True)
            for file in home.glob("*.log"):
                shutil.copy(file, logs)
    return outcome


def _read(done: "subprocess.CompletedProcess[bytes]", count: int) -> Outcome:
    if done.returncode:
        return Outcome(0, [f"the driver ended with {done.returncode}: see its log"])
    told = json.loads(done.stdout.splitlines()[-1])
    return Outcome(count, told["failures"], told["detail"])
