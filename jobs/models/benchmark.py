"""What was measured, and the record behind each number."""

from django.db import models
from django.db.models import Q

from jobs.models.device import Device
from jobs.models.job import Job
from jobs.types import Verdict
from repository.models import Artifact


class Benchmark(models.Model):
    """Measured samples of one artifact on one device with one engine. Times are milliseconds."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="benchmark")
    artifact = models.ForeignKey(
        Artifact, on_delete=models.SET_NULL, null=True, related_name="benchmarks"
    )
    device = models.ForeignKey(
        Device, on_delete=models.SET_NULL, null=True, related_name="benchmarks"
    )
    device_name = models.CharField(max_length=80)
    engine = models.CharField(max_length=20)
    engine_version = models.CharField(max_length=40)
    threads = models.PositiveSmallIntegerField()
    p50_ms = models.FloatField()
    p50_low_ms = models.FloatField()
    p50_high_ms = models.FloatField()
    p90_ms = models.FloatField()
    p95_ms = models.FloatField()
    p99_ms = models.FloatField()
    load_ms = models.FloatField()
    peak_memory_bytes = models.BigIntegerField(help_text="above the engine's own import")
    sample_count = models.PositiveIntegerField()
    launch_count = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    verdict_reasons = models.JSONField(default=list)
    conditions = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="benchmark_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(p50_ms__gt=0, sample_count__gt=0), name="benchmark_has_samples"
            ),
        ]
        indexes = [models.Index(fields=["artifact", "-id"], name="benchmark_of_artifact")]

    def __str__(self) -> str:
        return f"{self.artifact} {self.p50_ms:.2f} ms"


class Evidence(models.Model):
    """The record behind a benchmark: spec, every sample, conditions; sealed by its digest."""

    benchmark = models.OneToOneField(Benchmark, on_delete=models.CASCADE, related_name="evidence")
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.sha256[:12]
