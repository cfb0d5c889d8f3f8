"""Jobs: ask for one, follow it, steer it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.api.job_requests import JobIn, submit_job
from jobs.api.job_shapes import JobDetailOut, JobPage, show_job, show_jobs
from jobs.models import Job
from jobs.selectors.job_pages import JobSort, page_of_jobs
from jobs.selectors.jobs import get_job, read_log, visible_jobs
from jobs.services import lifecycle
from jobs.services.conversions import list_targets
from jobs.services.urgency import set_urgency
from jobs.types import (
    ENDED,
    OPEN,
    FailureReason,
    JobKind,
    JobState,
    Urgency,
)
from portal.accounts.requests import PersonRequest
from portal.core.errors import invalid_field
from repository.selectors.access import get_model_once_called
from repository.selectors.artifacts import get_artifact
from repository.types import ArtifactFormat, Precision

LOG_PART = 512 * 1024
PAGE = 50
STATES = {"open": OPEN, "ended": ENDED}

# A page begins at one, and ends before what a database counts to.
MOST_PLACE = 2**53


class JobQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(
        [*JobState.choices, ("open", "open"), ("ended", "ended")], required=False
    )
    kind = serializers.ChoiceField(JobKind.choices, required=False)
    model = serializers.CharField(max_length=140, required=False)
    device = serializers.CharField(max_length=20, required=False)
    engine = serializers.CharField(max_length=20, required=False)
    owner = serializers.CharField(
        max_length=64, required=False, help_text="who asked: a user name, or `me`"
    )
    reason = serializers.ChoiceField(FailureReason.choices, required=False)
    since = serializers.DateTimeField(required=False, help_text="created at or after")
    sort = serializers.ChoiceField([str(sort) for sort in JobSort], default=str(JobSort.NEWEST))
    cursor = serializers.IntegerField(
        min_value=1, max_value=MOST_PLACE, required=False, help_text="`next` of the page before"
    )


class JobList(APIView):
    @extend_schema(parameters=[JobQuery], responses=JobPage)
    def get(self, request: PersonRequest) -> Response:
        query = JobQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        page, following = page_of_jobs(
            narrowed(request, given), JobSort(given["sort"]), given.get("cursor"), PAGE
        )
        return Response({"results": show_jobs(request.user, page), "next": following})

    @extend_schema(request=JobIn, responses={202: JobDetailOut})
    def post(self, request: PersonRequest) -> Response:
        given = JobIn(data=request.data)
        given.is_valid(raise_exception=True)
        job = submit_job(request.user, given.validated_data)
        headers = {"Location": f"/api/v1/jobs/{job.pk}"}
        return Response(
            show_job(request.user, job), status=status.HTTP_202_ACCEPTED, headers=headers
        )


FILTERS = {
    "kind": "kind",
    "state": "state",
    "device": "device",
    "engine": "engine",
    "owner": "created_by__username",
    "reason": "failure_reason",
    "since": "created_at__gte",
}


def narrowed(request: PersonRequest, given: dict[str, Any]) -> QuerySet[Job]:
    """Return the visible jobs that a JobQuery asks for."""
    rows = visible_jobs(request.user)
    if given.get("state") in STATES:
        rows = rows.filter(state__in=STATES[given.pop("state")])
    if given.get("owner") == "me":
        given["owner"] = request.user.username
    if "model" in given:
        owner, _, name = given["model"].partition("/")
        rows = rows.filter(ai_model=get_model_once_called(request.user, owner, name))
    return rows.filter(**{FILTERS[key]: given[key] for key in FILTERS if key in given})


class JobChangeIn(serializers.Serializer[Any]):
    """What may change of a job that waits."""

    urgency = serializers.ChoiceField(Urgency.choices)


class JobDetail(APIView):
    @extend_schema(responses=JobDetailOut)
    def get(self, request: PersonRequest, job_id: int) -> Response:
        return Response(show_job(request.user, get_job(request.user, job_id)))

    @extend_schema(request=JobChangeIn, responses=JobDetailOut)
    def patch(self, request: PersonRequest, job_id: int) -> Response:
        """Put a waiting job behind those of everybody, or, as a maintainer, before them."""
        job = get_job(request.user, job_id, steer=True)
        given = JobChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        job = set_urgency(request.user, job, Urgency(given.validated_data["urgency"]))
        return Response(show_job(request.user, job))


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
        return Response(show_job(request.user, job))


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
