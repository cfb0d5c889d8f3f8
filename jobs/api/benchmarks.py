"""What was measured of a model, with the evidence behind it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.models import Benchmark
from jobs.selectors.devices import list_benchmarks
from jobs.services.operators import list_operator_times
from jobs.types import Verdict
from portal.accounts.requests import ReaderRequest
from repository.api.revisions import REF, revision_asked

BASELINE = "pytorch"


class BenchmarkOut(serializers.Serializer[Any]):
    """Times in milliseconds; `speedup` is against PyTorch on the same device and threads."""

    id = serializers.IntegerField()
    job = serializers.IntegerField(source="job_id")
    artifact = serializers.IntegerField(source="artifact_id")
    format = serializers.CharField(source="artifact.format")
    precision = serializers.CharField(source="artifact.precision")
    device = serializers.CharField(source="device_name")
    engine = serializers.CharField()
    engine_version = serializers.CharField()
    threads = serializers.IntegerField()
    p50_ms = serializers.FloatField()
    low_ms = serializers.FloatField(source="p50_low_ms")
    high_ms = serializers.FloatField(source="p50_high_ms")
    p90_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()
    throughput = serializers.SerializerMethodField()
    load_ms = serializers.FloatField()
    peak_memory_bytes = serializers.IntegerField()
    sample_count = serializers.IntegerField()
    launch_count = serializers.IntegerField()
    verdict = serializers.ChoiceField(Verdict.choices)
    verdict_reasons = serializers.ListField(child=serializers.CharField())
    speedup = serializers.SerializerMethodField()
    conditions = serializers.DictField()
    evidence_sha256 = serializers.CharField(source="evidence.sha256")
    created_at = serializers.DateTimeField()

    def get_throughput(self, row: Benchmark) -> float:
        return 1000 / row.p50_ms

    def get_speedup(self, row: Benchmark) -> float | None:
        baseline = self.context["baselines"].get((row.device_name, row.threads))
        return baseline / row.p50_ms if baseline else None


class BenchmarkPage(serializers.Serializer[Any]):
    results = BenchmarkOut(many=True)


class BenchmarkList(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF], responses=BenchmarkPage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        rows = list(list_benchmarks(revision))
        # Rows come newest first, so the oldest is overwritten: the newest baseline counts.
        baselines: dict[Any, float] = {
            (row.device_name, row.threads): row.p50_ms
            for row in reversed(rows)
            if row.engine == BASELINE
        }
        context = {"baselines": baselines}
        return Response({"results": BenchmarkOut(rows, many=True, context=context).data})


class OperatorTimeOut(serializers.Serializer[Any]):
    """An operator as the engine runs it: its name is the engine's, several may be one."""

    name = serializers.CharField()
    operator = serializers.CharField(allow_blank=True)
    ms = serializers.FloatField()


class OperatorTimesOut(serializers.Serializer[Any]):
    """Told in runs of their own after the samples, by a clock that makes the engine slower."""

    benchmark = serializers.IntegerField(source="benchmark.pk")
    job = serializers.IntegerField(source="benchmark.job_id")
    format = serializers.CharField(source="benchmark.artifact.format")
    precision = serializers.CharField(source="benchmark.artifact.precision")
    device = serializers.CharField(source="benchmark.device_name")
    engine = serializers.CharField(source="benchmark.engine")
    threads = serializers.IntegerField(source="benchmark.threads")
    p50_ms = serializers.FloatField(source="benchmark.p50_ms")
    operators = OperatorTimeOut(many=True)


class OperatorTimesPage(serializers.Serializer[Any]):
    results = OperatorTimesOut(many=True)


class OperatorTimesList(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF], responses=OperatorTimesPage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        tables = list_operator_times(revision)
        return Response({"results": OperatorTimesOut(tables, many=True).data})
