"""One more process after the samples: how long each operator takes, as the engine itself tells.

The engine's clock slows what it watches, so nothing of this goes into a measurement.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

from ondol_runner import protocol
from ondol_runner.backends.base import bind
from ondol_runner.backends.onnxruntime import BACKEND, OperatorTime, read_trace
from ondol_runner.faults import Fault
from ondol_runner.inputs import benchmark_feeds
from ondol_runner.launch import pin
from ondol_runner.lifeline import tie_to_parent
from ondol_runner.messages import LaunchRequest

WARMUPS = 3
RUNS = 20
BUDGET_S = 3.0
FEEDS = 4
MOST_OPERATORS = 10_000
LONGEST_NAME = 300


def profile(request: LaunchRequest, scratch: Path) -> list[OperatorTime]:
    """Run a model a few times under the engine's own clock; raises Fault as a launch does."""
    pin(request.cores)
    session = BACKEND.load(
        Path(request.model_dir), request.files, threads=request.threads, trace=scratch / "trace"
    )
    samples = Path(request.samples) if request.samples else None
    feeds = [bind(feed, session.inputs) for feed in benchmark_feeds(request.usage, samples, FEEDS)]
    started = time.monotonic()
    runs = 0
    while runs <= WARMUPS or (runs < WARMUPS + RUNS and time.monotonic() - started < BUDGET_S):
        session.run(feeds[runs % len(feeds)])
        runs += 1
    return read_trace(session.end_trace(), runs, WARMUPS)


def write_operators(times: list[OperatorTime], path: Path) -> None:
    """Write what was told as a table, the slowest first."""
    slowest = sorted(times, key=lambda one: one.milliseconds, reverse=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["name", "operator", "milliseconds"])
        for one in slowest[:MOST_OPERATORS]:
            table.writerow([one.name[:LONGEST_NAME], one.operator, f"{one.milliseconds:.6f}"])


def main() -> int:
    """Profile as the file named on the command line says, into the table it names."""
    described = Path(sys.argv[1])
    request = protocol.decode(LaunchRequest, json.loads(described.read_text("utf-8")))
    tie_to_parent(request.parent_pid)
    try:
        write_operators(profile(request, described.parent), Path(request.report))
    except (Fault, OSError) as met:
        print(f"Operators are not told apart: {met}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
