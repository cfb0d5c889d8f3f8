"""Benchmarks over all models: measured here, elsewhere, or published by a vendor."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.models import Benchmark
from jobs.selectors.figures import (
    LIMITS,
    TRAITS,
    FigureQuestion,
    FigureSort,
    benchmarks_of,
    count_traits,
    list_figures,
)
from portal.accounts.requests import ReaderRequest
from portal.core.errors import invalid_field
from repository.api.rows import AccuracyOut, accuracy_of
from repository.api.search_query import Slugs
from repository.types import ArtifactFormat, FigureOrigin, Precision

MOST_EXPORTED = 50_000
COLUMNS = ["model", "format", "precision", "component", "device", "engine", "compute_unit"]
COLUMNS += ["p50_ms", "low_ms", "high_ms", "p95_ms", "peak_memory_bytes", "size_bytes"]
COLUMNS += ["metric", "accuracy", "source", "verdict", "threads", "samples", "measured_at"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FigureQuery(serializers.Serializer[Any]):
    """Filters; the values of one are alternatives. An accuracy is only compared in one metric."""

    q = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    device = Slugs()
    engine = Slugs()
    precision = serializers.MultipleChoiceField(choices=Precision.choices, required=False)
    task = Slugs()
    source = serializers.MultipleChoiceField(choices=FigureOrigin.choices, required=False)
    metric = Slugs()
    max_p50_ms = serializers.FloatField(min_value=0, required=False)
    max_p95_ms = serializers.FloatField(min_value=0, required=False)
    min_accuracy = serializers.FloatField(required=False)
    sort = serializers.ChoiceField([str(s) for s in FigureSort], default=str(FigureSort.LATENCY))

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if "min_accuracy" in given and len(given.get("metric", ())) != 1:
            raise invalid_field(
                "min_accuracy", "Name one `metric` with it: 76 top-1 and 76 PSNR differ."
            )
        return given

    def ask(self) -> FigureQuestion:
        given = self.validated_data
        return FigureQuestion(
            given["q"],
            {trait: sorted(given[trait]) for trait in TRAITS if given.get(trait)},
            {limit: given[limit] for limit in LIMITS if limit in given},
            FigureSort(given["sort"]),
        )


class FigurePageQuery(FigureQuery):
    cursor = serializers.IntegerField(min_value=0, max_value=MOST_EXPORTED, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=2000, default=50)


class ConditionsOut(serializers.Serializer[Any]):
    """Under what a figure was measured here; the evidence hangs at its job."""

    job = serializers.IntegerField(source="job_id")
    engine_version = serializers.CharField()
    threads = serializers.IntegerField()
    sample_count = serializers.IntegerField()
    verdict_reasons = serializers.ListField(child=serializers.CharField())


class FigureRow(serializers.Serializer[Any]):
    """Times in milliseconds; low and high bound the 95 % interval of the median."""

    id = serializers.IntegerField()
    model = serializers.CharField(source="artifact.revision.ai_model.__str__")
    task = serializers.CharField(source="artifact.revision.ai_model.task")
    artifact = serializers.IntegerField(source="artifact_id")
    format = serializers.ChoiceField(ArtifactFormat.choices, source="artifact.format")
    precision = serializers.ChoiceField(Precision.choices, source="artifact.precision")
    component = serializers.CharField(source="artifact.component")
    device = serializers.CharField()
    engine = serializers.CharField()
    compute_unit = serializers.CharField()
    p50_ms = serializers.FloatField()
    low_ms = serializers.FloatField(source="p50_low_ms", allow_null=True)
    high_ms = serializers.FloatField(source="p50_high_ms", allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    peak_memory_bytes = serializers.IntegerField(allow_null=True)
    size_bytes = serializers.IntegerField(source="artifact.size_bytes", allow_null=True)
    accuracy = serializers.SerializerMethodField()
    source = serializers.ChoiceField(FigureOrigin.choices, source="origin")
    verdict = serializers.CharField()
    conditions = serializers.SerializerMethodField()
    measured_at = serializers.DateTimeField()

    @extend_schema_field(AccuracyOut(allow_null=True))
    def get_accuracy(self, row: Any) -> dict[str, Any] | None:
        return accuracy_of(row.artifact)

    @extend_schema_field(ConditionsOut(allow_null=True))
    def get_conditions(self, row: Any) -> dict[str, Any] | None:
        found: Benchmark | None = self.context["benchmarks"].get(row.benchmark)
        measured = found is not None and row.origin == FigureOrigin.MEASURED
        return ConditionsOut(found).data if measured else None


class TraitCountOut(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class TraitOut(serializers.Serializer[Any]):
    name = serializers.ChoiceField(list(TRAITS))
    values = TraitCountOut(many=True)


class FigurePage(serializers.Serializer[Any]):
    results = FigureRow(many=True)
    total = serializers.IntegerField()
    facets = TraitOut(many=True, help_text="each counted as if its own filter were not set")
    next = serializers.CharField(allow_null=True, help_text="`cursor` of the page that follows")


class FigureList(APIView):
    open_to_read = True

    @extend_schema(
        operation_id="benchmarks_list", parameters=[FigurePageQuery], responses=FigurePage
    )
    def get(self, request: ReaderRequest) -> Response:
        query = FigurePageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        ask, start = query.ask(), query.validated_data["cursor"]
        end = start + query.validated_data["limit"]
        rows = list_figures(request.user, ask)
        page, total = list(rows[start:end]), rows.count()
        counts = count_traits(request.user, ask)
        body = {
            "results": _show(page),
            "total": total,
            "facets": [
                {
                    "name": trait,
                    "values": [{"value": value, "count": n} for value, n in values.items()],
                }
                for trait, values in counts.items()
            ],
            "next": str(end) if total > end else None,
        }
        return Response(body)


class FigureExport(APIView):
    open_to_read = True

    @extend_schema(
        operation_id="benchmarks_export",
        parameters=[FigureQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: ReaderRequest) -> HttpResponse:
        """Export what the same filters show, as CSV."""
        query = FigureQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = list_figures(request.user, query.ask())[:MOST_EXPORTED]
        return HttpResponse(
            _lines(_show(rows)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="benchmarks.csv"'},
        )


def _show(rows: Any) -> Any:
    return FigureRow(rows, many=True, context={"benchmarks": benchmarks_of(rows)}).data


def _lines(rows: Any) -> Iterator[str]:
    yield _line(COLUMNS)
    for row in rows:
        accuracy, conditions = row["accuracy"] or {}, row["conditions"] or {}
        told = {
            **row,
            "metric": accuracy.get("metric"),
            "accuracy": accuracy.get("value"),
            "threads": conditions.get("threads"),
            "samples": conditions.get("sample_count"),
        }
        yield _line([told[column] for column in COLUMNS])


def _line(cells: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: Any) -> Any:
    """Keep a spreadsheet from running a name as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
