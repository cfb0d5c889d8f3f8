"""Figures of every model side by side: narrowed, sorted, counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from jobs.models import Benchmark
from portal.accounts.models import User
from repository.models import ArtifactFigure
from repository.selectors.access import visible_to


class FigureSort(StrEnum):
    LATENCY = "latency"
    LATENCY_DOWN = "-latency"
    P95 = "p95"
    P95_DOWN = "-p95"
    MEMORY = "memory"
    MEMORY_DOWN = "-memory"
    SIZE = "size"
    SIZE_DOWN = "-size"
    ACCURACY = "accuracy"
    ACCURACY_DOWN = "-accuracy"
    MODEL = "model"
    MODEL_DOWN = "-model"
    NEWEST = "newest"


SORTS = {
    "latency": ("p50_ms",),
    "p95": ("p95_ms",),
    "memory": ("peak_memory_bytes",),
    "size": ("artifact__size_bytes",),
    "accuracy": ("artifact__accuracy",),
    "model": (
        "artifact__revision__ai_model__namespace__slug",
        "artifact__revision__ai_model__name",
    ),
}
TRAITS = {
    "device": "device",
    "engine": "engine",
    "precision": "artifact__precision",
    "task": "artifact__revision__ai_model__task",
    "source": "origin",
    "metric": "artifact__metric",
}
"""What figures are narrowed by and counted by; the values of one trait are alternatives."""

LIMITS = {
    "max_p50_ms": "p50_ms__lte",
    "max_p95_ms": "p95_ms__lte",
    "min_accuracy": "artifact__accuracy__gte",
}


@dataclass(frozen=True)
class FigureQuestion:
    """What figures are asked for; a limit leaves out what was not measured."""

    q: str
    traits: dict[str, list[str]]
    limits: dict[str, float]
    sort: FigureSort


def list_figures(user: User | None, ask: FigureQuestion) -> QuerySet[ArtifactFigure]:
    """Return the newest figures of what `main` of each visible model offers, sorted."""
    rows = _narrow(_all_figures(user), ask).annotate(benchmark=_newest_benchmark())
    return rows.order_by(*_order(ask.sort)).select_related(
        "artifact__revision__ai_model__namespace"
    )


def count_traits(user: User | None, ask: FigureQuestion) -> dict[str, dict[str, int]]:
    """Count the values of each trait, as if the trait itself were not narrowed."""
    counts = {}
    for trait, column in TRAITS.items():
        rows = _narrow(_all_figures(user), ask, apart=trait)
        pairs = rows.values_list(column).annotate(count=Count("pk")).order_by("-count", column)
        counts[trait] = {value: count for value, count in pairs if value}
    return counts


def benchmarks_of(rows: Iterable[Any]) -> dict[int, Benchmark]:
    """Return the benchmarks behind annotated figures, by their ids."""
    wanted = [row.benchmark for row in rows if row.benchmark]
    return Benchmark.objects.in_bulk(wanted)


def _all_figures(user: User | None) -> QuerySet[ArtifactFigure]:
    models = visible_to(user).values("pk")
    return ArtifactFigure.objects.filter(
        artifact__revision__ai_model__in=models, artifact__revision__refs__name="main"
    )


def _narrow(
    rows: QuerySet[ArtifactFigure], ask: FigureQuestion, *, apart: str = ""
) -> QuerySet[ArtifactFigure]:
    for word in ask.q.split():
        rows = rows.filter(
            Q(artifact__revision__ai_model__name__icontains=word)
            | Q(artifact__revision__ai_model__namespace__slug__icontains=word)
        )
    for trait, values in ask.traits.items():
        if trait != apart and values:
            rows = rows.filter(**{f"{TRAITS[trait]}__in": values})
    return rows.filter(**{LIMITS[name]: value for name, value in ask.limits.items()})


def _order(sort: FigureSort) -> list[Any]:
    if sort == FigureSort.NEWEST:
        return ["-measured_at", "-pk"]
    down = sort.startswith("-")
    columns = SORTS[sort.removeprefix("-")]
    # What has no such figure comes last either way, and equal rows keep their places.
    return [
        *(F(c).desc(nulls_last=True) if down else F(c).asc(nulls_last=True) for c in columns),
        "p50_ms",
        "pk",
    ]


def _newest_benchmark() -> Subquery:
    """Find the newest benchmark of a figure's content, device and engine."""
    return Subquery(
        Benchmark.objects.filter(
            artifact__revision__ai_model=OuterRef("artifact__revision__ai_model"),
            artifact__content_sha256=OuterRef("artifact__content_sha256"),
            device_name=OuterRef("device"),
            engine=OuterRef("engine"),
        )
        .order_by("-pk")
        .values("pk")[:1]
    )
