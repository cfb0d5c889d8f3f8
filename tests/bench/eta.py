"""How near the announced end of a job comes to its real one, in queues that are played to the end.

Durations spread as measured ones do: a model's own time, a few tenths around it, now and then one
that takes far longer. Whose turn comes is asked of the same code that gives jobs to runners.
"""

import os
import statistics
import subprocess
import sys
import tempfile

from tests import services
from tests.bench.report import Ratio

LIMIT = 0.25


def bench() -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="ondol-") as home:
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.base",
            "ONDOL_HOME": home,
            "ONDOL_REDIS_URL": "redis://127.0.0.1:1/0",
            "ONDOL_SANDBOX_WORST": "3",
        }
        env.pop("ONDOL_DATABASE_URL", None)
        argv = [sys.executable, "-m", "tests.bench.eta_runs"]
        done = subprocess.run(argv, cwd=services.ROOT, env=env, stdout=subprocess.PIPE, check=True)
    errors = [float(word) for word in done.stdout.split()]
    return [
        Ratio("median error", statistics.median(errors), "of the real end", "limit", LIMIT, "<= 1"),
    ]
