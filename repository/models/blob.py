"""Bytes, and what a sandboxed reader learned of them."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from repository.types import FileStatus

SHA256 = RegexValidator(r"\A[0-9a-f]{64}\Z", "64 lower-case hex digits are expected.")


class Blob(models.Model):
    """Bytes we hold once, named by their SHA-256; many files may point at one blob.

    Without anything that points at it a blob is an orphan, and goes after a grace period. A damaged
    one is given to nobody until the same bytes are uploaded again.
    """

    sha256 = models.CharField(max_length=64, primary_key=True, validators=[SHA256])
    size_bytes = models.BigIntegerField()
    git_oid = models.CharField(
        max_length=40, blank=True, help_text="git's SHA-1 of a small one, once somebody asked"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    orphaned_at = models.DateTimeField(null=True, blank=True, db_index=True)
    verified_at = models.DateTimeField(null=True, blank=True, db_index=True)
    damaged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size_bytes__gte=0), name="blob_size_not_negative"),
        ]

    def __str__(self) -> str:
        return self.sha256


class Inspection(models.Model):
    """What a sandboxed reader learned of a blob that came under a given file extension."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="inspections")
    extension = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=FileStatus.choices)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=500, blank=True)
    format = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    inspected_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["blob", "extension"], name="inspection_once_per_extension"
            ),
            models.CheckConstraint(
                condition=Q(status__in=FileStatus.values), name="inspection_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blob_id[:8]} {self.format} {self.status}"
