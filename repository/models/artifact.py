"""What a device runs, and the figures by which people choose it."""

from django.db import models
from django.db.models import F, Q

from repository.models.blob import Blob
from repository.models.evaluation_set import EvaluationSet
from repository.models.revision import Revision
from repository.types import ArtifactFormat, ArtifactOrigin, FigureOrigin, Precision


class Artifact(models.Model):
    """One deployable form of a revision: as uploaded, converted by a recipe, or only published.

    `component` names one network of a model that is several: their figures never mix.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="artifacts")
    format = models.CharField(max_length=20, choices=ArtifactFormat.choices)
    precision = models.CharField(max_length=20, choices=Precision.choices)
    component = models.CharField(max_length=80, blank=True)
    origin = models.CharField(max_length=10, choices=ArtifactOrigin.choices)
    source = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="derived"
    )
    recipe = models.JSONField(default=dict, help_text="steps, options, tools and input digests")
    recipe_sha256 = models.CharField(max_length=64, blank=True)
    content_sha256 = models.CharField(
        max_length=64, blank=True, help_text="of its bytes, its recipe and how it is fed"
    )
    size_bytes = models.BigIntegerField(null=True, help_text="unknown for some published ones")
    evaluation_set = models.ForeignKey(
        EvaluationSet, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    metric = models.CharField(max_length=40, blank=True)
    accuracy = models.FloatField(null=True, blank=True)
    source_accuracy = models.FloatField(
        null=True, blank=True, help_text="of its source, on the same samples"
    )
    accuracy_device = models.CharField(
        max_length=120, blank=True, help_text="where a published accuracy was taken"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "format", "precision", "component", "recipe_sha256"],
                name="artifact_once_per_recipe",
            ),
            models.CheckConstraint(
                condition=Q(
                    origin__in=[ArtifactOrigin.UPLOADED, ArtifactOrigin.PUBLISHED],
                    source__isnull=True,
                    recipe_sha256="",
                )
                | (Q(origin=ArtifactOrigin.CONVERTED) & ~Q(recipe_sha256="")),
                name="artifact_converted_has_recipe",
            ),
            models.CheckConstraint(
                condition=Q(size_bytes__isnull=False) | Q(origin=ArtifactOrigin.PUBLISHED),
                name="artifact_with_files_has_size",
            ),
        ]
        indexes = [models.Index(fields=["content_sha256"], name="artifact_same_content")]

    def __str__(self) -> str:
        return f"{self.format} {self.precision}"


class ArtifactFile(models.Model):
    artifact = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=255)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="artifact_files")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artifact", "path"], name="artifact_path_once"),
        ]

    def __str__(self) -> str:
        return self.path


class ArtifactFigure(models.Model):
    """The newest figures of an artifact on one device with one engine: what lists and filters read.

    `profile` is the slug of a device profile, `device` the name of the board if it was measured
    here. Times are milliseconds; low and high bound the 95 % interval of the median.
    """

    artifact = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="figures")
    profile = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=120, blank=True)
    engine = models.CharField(max_length=20)
    compute_unit = models.CharField(max_length=8, blank=True, help_text="CPU, GPU or NPU, if said")
    p50_ms = models.FloatField()
    p50_low_ms = models.FloatField(null=True)
    p50_high_ms = models.FloatField(null=True)
    p95_ms = models.FloatField(null=True)
    peak_memory_bytes = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=10, choices=FigureOrigin.choices)
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["artifact", "profile", "device", "engine", "origin"],
                name="figure_once_per_place",
            ),
            models.CheckConstraint(condition=Q(p50_ms__gt=0), name="figure_takes_time"),
            models.CheckConstraint(
                condition=Q(p50_low_ms__isnull=True)
                | Q(p50_low_ms__lte=F("p50_ms"), p50_high_ms__gte=F("p50_ms")),
                name="figure_interval_holds_median",
            ),
        ]
        indexes = [models.Index(fields=["artifact", "p50_ms"], name="figure_fastest")]

    def __str__(self) -> str:
        return f"{self.artifact} {self.p50_ms:.2f} ms"
