"""Wanted work, and what happened to it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from jobs.models.device import Device
from jobs.types import ENDED, CancelWish, FailureReason, JobKind, JobState
from repository.models import AiModel, Artifact


class Job(models.Model):
    """Wanted work with an immutable spec. Its state moves only by `jobs.services.lifecycle`."""

    kind = models.CharField(max_length=12, choices=JobKind.choices)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    spec = models.JSONField()
    ai_model = models.ForeignKey(AiModel, on_delete=models.SET_NULL, null=True, related_name="jobs")
    artifact = models.ForeignKey(
        Artifact, on_delete=models.SET_NULL, null=True, related_name="jobs"
    )
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="jobs")
    engine = models.CharField(max_length=20, blank=True)
    any_device = models.BooleanField(
        default=False, help_text="whichever device suits; `device` is then who took it"
    )
    abilities = models.CharField(
        max_length=200, blank=True, help_text="what such a device must tell of, one a line"
    )
    title = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs"
    )
    priority = models.SmallIntegerField(default=0)
    step = models.CharField(max_length=60, blank=True)
    fraction = models.FloatField(default=0)
    text = models.CharField(max_length=300, blank=True)
    cancel = models.CharField(max_length=10, choices=CancelWish.choices, default=CancelWish.NONE)
    cancel_at = models.DateTimeField(null=True)
    losses = models.PositiveSmallIntegerField(default=0)
    failure_reason = models.CharField(max_length=24, choices=FailureReason.choices, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    failure_sentences = models.JSONField(
        default=list, help_text="those of the message, each with its name and values"
    )
    result = models.JSONField(default=dict)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(kind__in=JobKind.values), name="job_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(ENDED), ended_at__isnull=False)
                | (~Q(state__in=sorted(ENDED)) & Q(ended_at__isnull=True)),
                name="job_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(any_device=False) | ~Q(engine=""), name="job_any_device_has_engine"
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.FAILED) | ~Q(failure_reason=""),
                name="job_failed_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "kind", "-priority", "created_by", "id"], name="job_queue"
            ),
            models.Index(
                fields=["device", "state", "-priority", "created_by", "id"], name="job_of_device"
            ),
            models.Index(fields=["created_by", "kind", "-started_at"], name="job_owner_served"),
            models.Index(fields=["ai_model", "-id"], name="job_of_model"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"


class JobEvent(models.Model):
    """Something that happened to a job; its id is the sequence that live streams resume from."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["job", "id"], name="event_of_job")]

    def __str__(self) -> str:
        return f"{self.job} {self.kind}"
