"""How long each operator of a model took, as the engine of a device told after a measurement."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jobs.models import AttemptFile, Benchmark
from jobs.selectors.devices import list_benchmarks
from repository.blobs.store import blob_store
from repository.models import Revision

TABLE = "operators.csv"
COLUMNS = ("name", "operator", "milliseconds")
MOST_TABLES = 8
MOST_ROWS = 10_000
LONGEST_NAME = 300


@dataclass(frozen=True)
class OperatorTime:
    """One operator of the model as the engine runs it; its name is the engine's."""

    name: str
    operator: str
    ms: float


@dataclass(frozen=True)
class OperatorTimes:
    benchmark: Benchmark
    operators: list[OperatorTime]


def list_operator_times(revision: Revision) -> list[OperatorTimes]:
    """Return what is known of a revision, newest first: one table for each way to measure."""
    files = AttemptFile.objects.filter(name=TABLE, blob__isnull=False)
    told = {
        file.attempt.job_id: file.sha256
        for file in files.filter(
            attempt__job__benchmark__in=list_benchmarks(revision)
        ).select_related("attempt")
    }
    newest: dict[tuple[object, ...], Benchmark] = {}
    for row in list_benchmarks(revision).filter(job__in=told):
        newest.setdefault((row.artifact_id, row.device_name, row.threads), row)
    found = []
    for row in list(newest.values())[:MOST_TABLES]:
        path = blob_store().path(told[row.job_id])
        if operators := list(_read(path)):
            found.append(OperatorTimes(row, operators))
    return found


def _read(path: Path) -> Iterator[OperatorTime]:
    """Yield the rows of a table that can be times; a runner may write what it likes."""
    with path.open(encoding="utf-8", errors="replace", newline="") as table:
        for number, row in enumerate(csv.DictReader(table, COLUMNS)):
            if number > MOST_ROWS:
                return
            # The first row names the columns, and is no time.
            if _is_time(row["milliseconds"]):
                name, operator = row["name"][:LONGEST_NAME], row["operator"][:LONGEST_NAME]
                yield OperatorTime(name, operator, float(row["milliseconds"]))


def _is_time(text: str | None) -> bool:
    try:
        value = float(text or "")
    except ValueError:
        return False
    return math.isfinite(value) and value >= 0
