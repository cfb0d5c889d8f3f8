"""Jobs: ask for one, follow it, steer it."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.converters.base import Form
from jobs.models import Attempt, Job
from jobs.selectors.devices import get_device
from jobs.selectors.jobs import get_job, list_job_events, may_steer, read_log, visible_jobs
from jobs.selectors.waiting import waits_for
from jobs.services import lifecycle
from jobs.services.benchmarks import request_benchmark
from jobs.services.conversions import list_targets, request_conversion
from jobs.types import (
    ENDED,
    OPEN,
    AttemptState,
    CancelWish,
    FailureReason,
    JobKind,
    JobState,
    WaitCode,
)
from portal.accounts.requests import PersonRequest
from portal.core.errors import invalid_field
from repository.selectors.access import get_model
from repository.selectors.artifacts import get_artifact
from repository.selectors.evaluation_sets import get_evaluation_set
from repository.types import ArtifactFormat, Need, Precision

LOG_PART = 512 * 1024
PAGE = 50


class FormIn(serializers.Serializer[Any]):
    format = serializers.ChoiceField(ArtifactFormat.choices)
    precision = serializers.ChoiceField(Precision.choices)


class JobIn(serializers.Serializer[Any]):
    """What somebody wants: a conversion needs `target`, a benchmark needs `device`."""

    kind = serializers.ChoiceField(JobKind.choices)
    artifact = serializers.IntegerField()
    target = FormIn(required=False)
    evaluation_set = serializers.IntegerField(required=False, allow_null=True)
    device = serializers.CharField(max_length=20, required=False)
    engine = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    threads = serializers.IntegerField(min_value=1, max_value=256, required=False, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = "target" if attrs["kind"] == JobKind.CONVERT else "device"
        if needed not in attrs:
            raise serializers.ValidationError({needed: [f"A {attrs['kind']} job needs it."]})
        return attrs


class FailureOut(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(FailureReason.choices)
    message = serializers.CharField()


class WaitingOut(serializers.Serializer[Any]):
    """What a queued job waits for besides its turn."""

    code = serializers.ChoiceField(WaitCode.choices)
    message = serializers.CharField()


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
    progress = ProgressOut(source="*")
    cancel = serializers.ChoiceField(CancelWish.choices)
    failure = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
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

    @extend_schema_field(FailureOut(allow_null=True))
    def get_failure(self, job: Job) -> dict[str, str] | None:
        if not job.failure_reason:
            return None
        return {"reason": job.failure_reason, "message": job.failure_message}

    @extend_schema_field(WaitingOut(allow_null=True))
    def get_waiting(self, job: Job) -> Any:
        reason = waits_for(job)
        return WaitingOut(reason).data if reason else None


class JobDetailOut(JobOut):
    """A job with its steps, its attempts and what the caller may do to it."""

    steps = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()
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

    def get_can_cancel(self, job: Job) -> bool:
        return job.state in OPEN and may_steer(self.context["user"], job)

    def get_can_retry(self, job: Job) -> bool:
        return job.state in ENDED and may_steer(self.context["user"], job)


class JobPage(serializers.Serializer[Any]):
    results = JobOut(many=True)
    next = serializers.CharField(allow_null=True)


class JobQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(
        [*JobState.choices, ("open", "open"), ("ended", "ended")], required=False
    )
    kind = serializers.ChoiceField(JobKind.choices, required=False)
    model = serializers.CharField(max_length=140, required=False)
    device = serializers.CharField(max_length=20, required=False)
    cursor = serializers.IntegerField(min_value=1, required=False)


def shown(request: PersonRequest, job: Job) -> dict[str, Any]:
    return dict(JobDetailOut(job, context={"user": request.user}).data)


class JobList(APIView):
    @extend_schema(parameters=[JobQuery], responses=JobPage)
    def get(self, request: PersonRequest) -> Response:
        query = JobQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = _narrow(request, query.validated_data)
        page = list(rows.order_by("-id")[: PAGE + 1])
        following = str(page[PAGE - 1].pk) if len(page) > PAGE else None
        return Response({"results": JobOut(page[:PAGE], many=True).data, "next": following})

    @extend_schema(request=JobIn, responses={202: JobDetailOut})
    def post(self, request: PersonRequest) -> Response:
        given = JobIn(data=request.data)
        given.is_valid(raise_exception=True)
        job = _submit(request, given.validated_data)
        headers = {"Location": f"/api/v1/jobs/{job.pk}"}
        return Response(shown(request, job), status=status.HTTP_202_ACCEPTED, headers=headers)


def _narrow(request: PersonRequest, given: dict[str, Any]) -> Any:
    rows = visible_jobs(request.user)
    states = {"open": OPEN, "ended": ENDED}.get(given.get("state", ""))
    if states is not None:
        rows = rows.filter(state__in=states)
    elif "state" in given:
        rows = rows.filter(state=given["state"])
    if "kind" in given:
        rows = rows.filter(kind=given["kind"])
    if "device" in given:
        rows = rows.filter(device=given["device"])
    if "model" in given:
        owner, _, name = given["model"].partition("/")
        rows = rows.filter(ai_model=get_model(request.user, owner, name))
    if "cursor" in given:
        rows = rows.filter(pk__lt=given["cursor"])
    return rows


def _submit(request: PersonRequest, given: dict[str, Any]) -> Job:
    if given["kind"] == JobKind.BENCHMARK:
        artifact = get_artifact(request.user, given["artifact"])
        device = get_device(given["device"])
        return request_benchmark(
            request.user, artifact, device, engine=given["engine"], threads=given["threads"]
        )
    artifact = get_artifact(request.user, given["artifact"], Need.WRITE)
    chosen = given.get("evaluation_set")
    return request_conversion(
        request.user,
        artifact,
        Form(given["target"]["format"], given["target"]["precision"]),
        evaluation_set=get_evaluation_set(request.user, chosen) if chosen else None,
    )


class JobDetail(APIView):
    @extend_schema(responses=JobDetailOut)
    def get(self, request: PersonRequest, job_id: int) -> Response:
        return Response(shown(request, get_job(request.user, job_id)))


class JobLog(APIView):
    """A part of the newest attempt's log, from a byte on."""

    @extend_schema(
        parameters=[OpenApiParameter("offset", int)],
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: PersonRequest, job_id: int) -> HttpResponse:
        text = request.query_params.get("offset", "0")
        if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004
            raise invalid_field("offset", "A number of bytes is expected.")
        content, size = read_log(get_job(request.user, job_id), int(text), LOG_PART)
        response = HttpResponse(content, content_type="text/plain; charset=utf-8")
        response["X-Log-Size"] = str(size)
        response["X-Content-Type-Options"] = "nosniff"
        return response


class JobCancel(APIView):
    @extend_schema(request=None, responses=JobDetailOut)
    def post(self, request: PersonRequest, job_id: int) -> Response:
        job = lifecycle.cancel(get_job(request.user, job_id, steer=True))
        return Response(shown(request, job))


class JobRetry(APIView):
    @extend_schema(request=None, responses={202: JobDetailOut})
    def post(self, request: PersonRequest, job_id: int) -> Response:
        job = lifecycle.retry(request.user, get_job(request.user, job_id, steer=True))
        return Response(shown(request, job), status=status.HTTP_202_ACCEPTED)


class TargetOut(serializers.Serializer[Any]):
    """A form an artifact can be converted to."""

    format = serializers.ChoiceField(ArtifactFormat.choices)
    precision = serializers.ChoiceField(Precision.choices)
    engine = serializers.CharField()
    needs_calibration = serializers.BooleanField()
    steps = serializers.ListField(child=serializers.CharField())


class TargetPage(serializers.Serializer[Any]):
    results = TargetOut(many=True)


class TargetList(APIView):
    @extend_schema(responses=TargetPage)
    def get(self, request: PersonRequest, artifact_id: int) -> Response:
        targets = list_targets(get_artifact(request.user, artifact_id))
        return Response({"results": TargetOut(targets, many=True).data})
