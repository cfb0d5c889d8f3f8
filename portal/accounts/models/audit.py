"""The audit log."""

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """A privileged act or a denial. Rows are only ever added; each digest covers the one before."""

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    allowed = models.BooleanField(default=True)
    details = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [models.Index(fields=["action", "id"], name="audit_by_action")]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class AuditHead(models.Model):
    """The end of the log, one row: who adds holds it, and rows cut off the end are missed by it."""

    count = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.count} rows"
