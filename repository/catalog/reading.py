"""Reading a catalog folder: models.jsonl, benchmarks.csv and accuracy.csv.

Nothing is believed: every fault names its file and line.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MODELS = "models.jsonl"
BENCHMARKS = "benchmarks.csv"
ACCURACY = "accuracy.csv"


class UnreadableCatalog(Exception):
    """A sentence that names the file, the line and what is wrong there."""


@dataclass(frozen=True)
class Latency:
    """One published run of one network of a model: milliseconds and bytes."""

    component: str
    precision: str
    device: str
    runtime: str
    latency_ms: float
    memory_bytes: int | None
    compute_unit: str


@dataclass(frozen=True)
class Accuracy:
    dataset: str
    metric: str
    reference: float
    device: str
    precision: str
    runtime: str
    value: float


@dataclass(frozen=True)
class Entry:
    """One published model with what was measured of it."""

    id: str
    name: str
    headline: str
    description: str
    use_case: str
    scenarios: tuple[str, ...]
    tags: tuple[str, ...]
    datasets: tuple[str, ...]
    license: str
    related: tuple[str, ...]
    details: dict[str, str]
    latencies: list[Latency] = field(default_factory=list)
    accuracies: list[Accuracy] = field(default_factory=list)


def read_catalog(folder: Path) -> list[Entry]:
    """Read a catalog folder; raise UnreadableCatalog for what cannot be used."""
    entries = {entry.id: entry for entry in _models(folder / MODELS)}
    for place, row in _rows(folder / BENCHMARKS):
        _of(entries, row, place).latencies.append(_latency(row, place))
    for place, row in _rows(folder / ACCURACY):
        _of(entries, row, place).accuracies.append(_accuracy(row, place))
    return list(entries.values())


def _models(path: Path) -> Iterator[Entry]:
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                yield Entry(
                    id=_word(row, "id"),
                    name=_word(row, "name"),
                    headline=_word(row, "headline"),
                    description=str(row.get("description") or ""),
                    use_case=_word(row, "use_case"),
                    scenarios=_words(row, "contexts"),
                    tags=_words(row, "tags"),
                    datasets=_words(row, "datasets"),
                    license=str(row.get("license") or ""),
                    related=_words(row, "related"),
                    details={str(k): str(v) for k, v in row.get("technical_details", {}).items()},
                )
            except (ValueError, TypeError, AttributeError) as error:
                raise UnreadableCatalog(f"{path.name}, line {number}: {error}") from error


def _open(path: Path) -> Any:
    try:
        return path.open(encoding="utf-8", newline="")
    except OSError as error:
        raise UnreadableCatalog(
            f"{path.name} cannot be read: {error.strerror}. A catalog folder holds {MODELS},"
            f" {BENCHMARKS} and {ACCURACY}."
        ) from error


def _word(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"'{name}' must be a text.")
    return value.strip()


def _words(row: dict[str, Any], name: str) -> tuple[str, ...]:
    values = row.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"'{name}' must be a list of texts.")
    return tuple(value.strip() for value in values if value.strip())


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with _open(path) as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield f"{path.name}, line {reader.line_num}", row


def _of(entries: dict[str, Entry], row: dict[str, str], place: str) -> Entry:
    found = entries.get(row.get("model") or "")
    if found is None:
        raise UnreadableCatalog(f"{place}: {MODELS} has no model '{row.get('model')}'.")
    return found


def _latency(row: dict[str, str], place: str) -> Latency:
    try:
        memory = row["memory_max_mb"]
        found = Latency(
            component=row["component"],
            precision=row["precision"],
            device=row["device"],
            runtime=row["runtime"],
            latency_ms=float(row["latency_ms"]),
            # No model runs in none: a published zero was not measured.
            memory_bytes=int(float(memory or 0) * 2**20) or None,
            compute_unit=row["compute_unit"],
        )
    except (KeyError, ValueError) as error:
        raise UnreadableCatalog(f"{place}: {error}") from error
    if not 0 < found.latency_ms < float("inf"):
        raise UnreadableCatalog(f"{place}: latency_ms must be above zero.")
    return found


def _accuracy(row: dict[str, str], place: str) -> Accuracy:
    try:
        return Accuracy(
            dataset=row["dataset"],
            metric=row["metric"],
            reference=float(row["float_reference"]),
            device=row["device"],
            precision=row["precision"],
            runtime=row["runtime"],
            value=float(row["value"]),
        )
    except (KeyError, ValueError) as error:
        raise UnreadableCatalog(f"{place}: {error}") from error
