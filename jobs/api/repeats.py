"""Running jobs again: as they were, otherwise, or every one that failed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.api.job_requests import AgainIn, FormIn, submit_again
from jobs.api.job_shapes import JobDetailOut, show_job
from jobs.api.jobs import JobQuery, narrowed
from jobs.selectors.jobs import get_job
from jobs.services import lifecycle
from jobs.services.fixes import list_fixes
from jobs.services.reruns import MOST_AT_ONCE, list_failed, rerun
from jobs.types import FixKind
from portal.accounts.requests import PersonRequest


class JobRetry(APIView):
    @extend_schema(request=None, responses={202: JobDetailOut})
    def post(self, request: PersonRequest, job_id: int) -> Response:
        job = lifecycle.retry(request.user, get_job(request.user, job_id, steer=True))
        return Response(show_job(request.user, job), status=status.HTTP_202_ACCEPTED)


class JobAgain(APIView):
    @extend_schema(request=AgainIn, responses={202: JobDetailOut})
    def post(self, request: PersonRequest, job_id: int) -> Response:
        """Run a job's work again with changed settings; answers with the new job."""
        given = AgainIn(data=request.data)
        given.is_valid(raise_exception=True)
        old = get_job(request.user, job_id, steer=True)
        job = submit_again(request.user, old, given.validated_data)
        headers = {"Location": f"/api/v1/jobs/{job.pk}"}
        return Response(
            show_job(request.user, job), status=status.HTTP_202_ACCEPTED, headers=headers
        )


class FixChangeOut(serializers.Serializer[Any]):
    artifact = serializers.IntegerField(required=False)
    target = FormIn(required=False)
    device = serializers.CharField(required=False)
    engine = serializers.CharField(required=False)


class FixOut(serializers.Serializer[Any]):
    """A repeat that may help; `change` is what `again` takes."""

    kind = serializers.ChoiceField(FixKind.choices)
    change = FixChangeOut()
    worked = serializers.IntegerField(help_text="earlier repeats with it that succeeded")
    tried = serializers.IntegerField(help_text="earlier repeats with it that came to an end")


class FixPage(serializers.Serializer[Any]):
    results = FixOut(many=True)
    counted = serializers.IntegerField(help_text="earlier repeats after the same cause")


class JobFixes(APIView):
    @extend_schema(responses=FixPage)
    def get(self, request: PersonRequest, job_id: int) -> Response:
        """Say what may help a failed job, best first, by what it came to before."""
        fixes, counted = list_fixes(request.user, get_job(request.user, job_id))
        return Response(FixPage({"results": fixes, "counted": counted}).data)


class FailedQuery(JobQuery):
    """The filters of a list of jobs, of which only the failed ones are meant."""

    state = None
    sort = None
    cursor = None


class JobNumbers(serializers.Serializer[Any]):
    jobs = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=MOST_AT_ONCE
    )


class FailedJobs(APIView):
    @extend_schema(parameters=[FailedQuery], responses=JobNumbers)
    def get(self, request: PersonRequest) -> Response:
        """Name the failed jobs that the caller may run again and nobody has yet, newest first."""
        query = FailedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = list_failed(request.user, narrowed(request, query.validated_data))
        return Response({"jobs": [job.pk for job in found]})

    @extend_schema(request=JobNumbers, responses={202: JobNumbers})
    def post(self, request: PersonRequest) -> Response:
        """Run these failed jobs again; answers with the new ones. What need not run is left out."""
        given = JobNumbers(data=request.data)
        given.is_valid(raise_exception=True)
        made = rerun(request.user, given.validated_data["jobs"])
        return Response({"jobs": [job.pk for job in made]}, status=status.HTTP_202_ACCEPTED)
