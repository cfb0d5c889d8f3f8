"""How long each operator of a model took, as the engine of a device told after a measurement."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
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
    for row in rows_of(path, COLUMNS):
        # The first row names the columns, and is no time.
        ms = number_in(row["milliseconds"])
        if ms is not None and ms >= 0:
            yield OperatorTime(row["name"], row["operator"], ms)


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of operators, bounded in number and length, the first included."""
    with path.open(encoding="utf-8", errors="replace", newline="") as table:
        for row in islice(csv.reader(table), MOST_ROWS + 1):
            cells = [cell[:LONGEST_NAME] for cell in row]
            yield dict(zip_longest(columns, cells[: len(columns)], fillvalue=""))


def number_in(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
