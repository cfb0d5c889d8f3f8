from django.db import models
from django.db.models import F, Q

from portal.accounts.models import Namespace
from portal.accounts.models.user import SLUG
from repository.models.blob import Blob
from repository.types import Metric, Visibility


class EvaluationSet(models.Model):
    """Samples with labels by which artifacts are checked.

    Calibration and evaluation are two blobs of safetensors with the tensors `samples` and
    `labels`; they never mix. How raw samples become inputs is the UsageSpec's business.
    """

    namespace = models.ForeignKey(
        Namespace, on_delete=models.PROTECT, related_name="evaluation_sets"
    )
    name = models.CharField(max_length=64, validators=[SLUG])
    task = models.CharField(max_length=60, blank=True)
    metric = models.CharField(max_length=12, choices=Metric.choices)
    labels = models.JSONField(default=list, help_text="names of the classes, in order")
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.INTERNAL
    )
    evaluation_blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    evaluation_count = models.PositiveIntegerField()
    calibration_blob = models.ForeignKey(
        Blob, on_delete=models.PROTECT, null=True, related_name="+"
    )
    calibration_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "name"], name="evaluation_set_once"),
            models.CheckConstraint(
                condition=Q(calibration_blob__isnull=True)
                | ~Q(calibration_blob=F("evaluation_blob")),
                name="evaluation_never_calibrates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"
