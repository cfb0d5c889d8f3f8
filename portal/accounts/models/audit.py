"""The audit log."""

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """A privileged act or a denial. Rows are only ever added."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    allowed = models.BooleanField(default=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["action", "id"], name="audit_by_action")]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
