"""Jobs as the API tells them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.models import Attempt, Job
from jobs.selectors.devices import list_devices
from jobs.selectors.jobs import list_files, list_job_events, may_steer
from jobs.selectors.outlook import Prospect, outlook
from jobs.selectors.waiting import waits_for
from jobs.types import (
    ENDED,
    OPEN,
    PRIORITIES,
    AttemptState,
    CancelWish,
    FailureReason,
    JobKind,
    JobState,
    Urgency,
    WaitCode,
)
from portal.accounts.models import User


class SentenceOut(serializers.Serializer[Any]):
    """A sentence in English, with a name and values by which it is said in other languages."""

    text = serializers.CharField()
    code = serializers.CharField(
        help_text="empty where an engine or a tool is quoted", allow_blank=True
    )
    values = serializers.DictField(child=serializers.CharField())


class FailureOut(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(FailureReason.choices)
    message = serializers.CharField()
    sentences = SentenceOut(many=True, help_text="those of the message, where they are known")


class WaitingOut(serializers.Serializer[Any]):
    """What a queued job waits for besides its turn."""

    code = serializers.ChoiceField(WaitCode.choices)
    message = serializers.CharField()
    sentences = SentenceOut(many=True)


class ProgressOut(serializers.Serializer[Any]):
    step = serializers.CharField()
    fraction = serializers.FloatField()
    text = serializers.CharField()


class AttemptOut(serializers.Serializer[Any]):
    epoch = serializers.IntegerField()
    state = serializers.ChoiceField(AttemptState.choices)
    holder = serializers.SerializerMethodField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_holder(self, attempt: Attempt) -> str:
        return attempt.runner.name if attempt.runner else attempt.worker


class StepOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    at = serializers.DateTimeField()


class JobOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(JobKind.choices)
    state = serializers.ChoiceField(JobState.choices)
    title = serializers.CharField()
    model = serializers.SerializerMethodField()
    artifact = serializers.IntegerField(source="artifact_id", allow_null=True)
    device = serializers.SerializerMethodField()
    engine = serializers.CharField()
    any_device = serializers.BooleanField(help_text="asked of whichever device suits")
    abilities = serializers.SerializerMethodField(help_text="what such a device must tell of")
    progress = ProgressOut(source="*")
    cancel = serializers.ChoiceField(CancelWish.choices)
    failure = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
    queue_position = serializers.SerializerMethodField(
        help_text="place among the jobs that wait for the same device or worker, from 1"
    )
    eta = serializers.SerializerMethodField(
        help_text="seconds until its end, from jobs like it; null where none is known"
    )
    spec = serializers.DictField()
    result = serializers.DictField()
    created_by = serializers.CharField(source="created_by.username")
    retry_of = serializers.IntegerField(source="retry_of_id", allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()

    def get_model(self, job: Job) -> str | None:
        return str(job.ai_model) if job.ai_model else None

    def get_device(self, job: Job) -> str | None:
        return job.device.name if job.device else None

    def get_abilities(self, job: Job) -> list[str]:
        return job.abilities.splitlines()

    def get_queue_position(self, job: Job) -> int | None:
        return self._prospect(job).queue_position

    def get_eta(self, job: Job) -> int | None:
        return self._prospect(job).eta

    def _prospect(self, job: Job) -> Prospect:
        outlooks: dict[int, Prospect] = self.context["outlook"]
        return outlooks.get(job.pk, Prospect())

    @extend_schema_field(FailureOut(allow_null=True))
    def get_failure(self, job: Job) -> dict[str, Any] | None:
        if not job.failure_reason:
            return None
        return {
            "reason": job.failure_reason,
            "message": job.failure_message,
            "sentences": job.failure_sentences,
        }

    @extend_schema_field(WaitingOut(allow_null=True))
    def get_waiting(self, job: Job) -> Any:
        reason = waits_for(job, self.context["attached"])
        return WaitingOut(reason).data if reason else None


class JobFileOut(serializers.Serializer[Any]):
    """A file that a job left behind; its bytes are at `/api/v1/blobs/{sha256}`."""

    name = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class JobDetailOut(JobOut):
    """A job with its steps, attempts and files, and what the caller may do to it."""

    steps = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()
    urgency = serializers.SerializerMethodField(help_text="when its turn comes while it waits")
    can_cancel = serializers.SerializerMethodField()
    can_retry = serializers.SerializerMethodField()

    @extend_schema_field(StepOut(many=True))
    def get_steps(self, job: Job) -> list[dict[str, Any]]:
        """Name each step with the time of its first progress."""
        seen: dict[str, Any] = {}
        for event in list_job_events(job, "progress"):
            seen.setdefault(event.data["step"], event.at)
        return [{"name": name, "at": at.isoformat()} for name, at in seen.items() if name]

    @extend_schema_field(AttemptOut(many=True))
    def get_attempts(self, job: Job) -> Any:
        rows = job.attempts.select_related("runner").order_by("epoch")
        return AttemptOut(rows, many=True).data

    @extend_schema_field(JobFileOut(many=True))
    def get_files(self, job: Job) -> Any:
        return JobFileOut(list_files(job), many=True).data

    @extend_schema_field(serializers.ChoiceField(Urgency.choices))
    def get_urgency(self, job: Job) -> str:
        return next(name for name, priority in PRIORITIES.items() if priority == job.priority)

    def get_can_cancel(self, job: Job) -> bool:
        return job.state in OPEN and may_steer(self.context["user"], job)

    def get_can_retry(self, job: Job) -> bool:
        return job.state in ENDED and may_steer(self.context["user"], job)


class JobPage(serializers.Serializer[Any]):
    results = JobOut(many=True)
    next = serializers.CharField(allow_null=True)


def show_job(user: User, job: Job) -> dict[str, Any]:
    return dict(JobDetailOut(job, context=_context(user, [job])).data)


def show_jobs(user: User, jobs: list[Job]) -> list[dict[str, Any]]:
    return list(JobOut(jobs, many=True, context=_context(user, jobs)).data)


def _context(user: User, jobs: list[Job]) -> dict[str, Any]:
    """Read once what more than one row is told from."""
    anywhere = any(job.any_device and job.state == JobState.QUEUED for job in jobs)
    attached = list(list_devices()) if anywhere else []
    return {"user": user, "outlook": outlook(jobs), "attached": attached}
