"""Grants of a job, and the logs they write."""

from django.db import models
from django.db.models import Q

from jobs.models.device import Device, Runner
from jobs.models.job import Job
from jobs.types import OPEN_ATTEMPT, AttemptState
from portal.core.ids import new_id
from repository.models import Blob


class Attempt(models.Model):
    """One grant of a job to a worker or runner. Its epoch fences whoever held the job before."""

    id = models.CharField(max_length=20, primary_key=True, default=new_id)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="attempts")
    epoch = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=AttemptState.choices, default=AttemptState.OFFERED
    )
    runner = models.ForeignKey(
        Runner, on_delete=models.SET_NULL, null=True, related_name="attempts"
    )
    device = models.ForeignKey(
        Device, on_delete=models.SET_NULL, null=True, related_name="attempts"
    )
    worker = models.CharField(max_length=120, blank=True)
    token_digest = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    log_size = models.PositiveBigIntegerField(default=0)
    finish_key = models.CharField(max_length=80, blank=True)
    finish_digest = models.CharField(max_length=64, blank=True, help_text="of what was reported")
    report = models.JSONField(null=True, help_text="what the runner reported, as it came")
    report_signature = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "epoch"], name="attempt_epoch_once"),
            models.UniqueConstraint(
                fields=["job"],
                condition=Q(state__in=[state.value for state in OPEN_ATTEMPT]),
                name="attempt_one_open_per_job",
            ),
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(
                    state__in=[state.value for state in OPEN_ATTEMPT], device__isnull=False
                ),
                name="attempt_one_open_per_device",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AttemptState.values), name="attempt_state_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="attempt_lease")]

    def __str__(self) -> str:
        return f"attempt {self.epoch} of {self.job}"


class LogChunk(models.Model):
    """Bytes of an attempt's log, from `offset` on; chunks follow each other without a gap."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="log_chunks")
    offset = models.PositiveBigIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "offset"], name="log_offset_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt} log at {self.offset}"


class AttemptFile(models.Model):
    """A file that an attempt produced; it has a blob once all of it came as it was announced."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    received = models.PositiveBigIntegerField(default=0)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "name"], name="attempt_file_once"),
            models.CheckConstraint(
                condition=Q(received__lte=models.F("size_bytes")), name="attempt_file_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.attempt}"
