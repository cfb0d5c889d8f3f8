"""What is offered after a failure, and in which order."""

import pytest
from django.utils import timezone

from jobs.converters.base import Form
from jobs.models import Job
from jobs.services.benchmark_requests import request_benchmark
from jobs.services.conversions import request_conversion
from jobs.types import FailureReason, JobState
from portal.accounts.models import User
from repository.models import Artifact
from repository.types import Visibility
from tests.cast import Cast
from tests.conftest import As
from tests.jobs.scene import Board, connect, publish

OPENVINO = Form("openvino", "fp32")
UNSUPPORTED = FailureReason.UNSUPPORTED_OPERATOR


def end(job: Job, state: JobState, reason: str = "") -> Job:
    why = reason or ("unknown" if state == JobState.FAILED else "")
    Job.objects.filter(pk=job.pk).update(
        state=state, ended_at=timezone.now(), failure_reason=why, started_at=timezone.now()
    )
    job.refresh_from_db()
    return job


@pytest.fixture
def graph(cast: Cast) -> Artifact:
    return publish(cast.olga)


@pytest.fixture
def boards(cast: Cast) -> list[Board]:
    both = {"onnxruntime": "1.31.0", "openvino": "2026.0"}
    return [connect(cast.olga, "one", **both), connect(cast.olga, "two", onnxruntime="1.31.0")]


def convert(user: User, graph: Artifact, of: Job | None = None) -> Job:
    return request_conversion(user, graph, OPENVINO, evaluation_set=None, again=of)


def fixes(as_user: As, user: User, job: Job) -> list[tuple[str, int, int]]:
    answer = as_user(user).get(f"/api/v1/jobs/{job.pk}/fixes").json()
    return [(row["kind"], row["worked"], row["tried"]) for row in answer["results"]]


def measure(user: User, board: Board, graph: Artifact, of: Job | None = None, **wish: str) -> Job:
    return request_benchmark(user, graph, board.device, again=of, **wish)


def test_without_any_outcome_fixes_stand_in_the_order_of_the_cause(
    cast: Cast, as_user: As, graph: Artifact, boards: list[Board]
) -> None:
    job = end(measure(cast.olga, boards[0], graph), JobState.FAILED, FailureReason.CRASHED)

    found = as_user(cast.olga).get(f"/api/v1/jobs/{job.pk}/fixes").json()

    assert found["counted"] == 0
    assert [(row["kind"], row["tried"]) for row in found["results"]] == [
        ("engine", 0),
        ("device", 0),
        ("again", 0),
    ]
    assert found["results"][0]["change"] == {"engine": "openvino"}
    assert found["results"][1]["change"] == {"device": boards[1].device.pk}


def test_what_worked_before_comes_first_and_what_did_not_last(
    cast: Cast, as_user: As, graph: Artifact, boards: list[Board]
) -> None:
    def failed() -> Job:
        return end(measure(cast.olga, boards[0], graph), JobState.FAILED, FailureReason.CRASHED)

    for state in (JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.FAILED):
        end(measure(cast.olga, boards[0], graph, failed(), engine="onnxruntime"), state)
    end(
        measure(cast.olga, boards[0], graph, failed(), engine="openvino"),
        JobState.FAILED,
        FailureReason.LOAD_FAILED,
    )

    assert fixes(as_user, cast.olga, failed()) == [
        ("again", 2, 3),
        ("device", 0, 0),
        ("engine", 0, 1),
    ]


def test_other_causes_and_what_was_cancelled_tell_nothing(
    cast: Cast, as_user: As, graph: Artifact, boards: list[Board]
) -> None:
    other = end(measure(cast.olga, boards[0], graph), JobState.FAILED, FailureReason.TIMEOUT)
    end(measure(cast.olga, boards[0], graph, other), JobState.SUCCEEDED)
    crashed = end(measure(cast.olga, boards[0], graph), JobState.FAILED, FailureReason.CRASHED)
    end(measure(cast.olga, boards[0], graph, crashed), JobState.CANCELLED)

    assert {tried for _, _, tried in fixes(as_user, cast.olga, crashed)} == {0}


def test_outcomes_of_models_that_one_may_not_see_are_not_counted(
    cast: Cast, as_user: As, graph: Artifact
) -> None:
    hidden = publish(cast.olga, "hidden", visibility=Visibility.PRIVATE)
    old = end(convert(cast.olga, hidden), JobState.FAILED, UNSUPPORTED)
    end(convert(cast.olga, hidden, old), JobState.SUCCEEDED)
    job = end(convert(cast.olga, graph), JobState.FAILED, UNSUPPORTED)

    seen = [
        as_user(person).get(f"/api/v1/jobs/{job.pk}/fixes").json()["counted"]
        for person in (cast.olga, cast.stella)
    ]

    assert seen == [1, 0]


def test_a_conversion_is_offered_other_forms_that_can_be_made_without_more(
    cast: Cast, as_user: As, graph: Artifact
) -> None:
    job = end(convert(cast.olga, graph), JobState.FAILED, UNSUPPORTED)
    assert fixes(as_user, cast.olga, job) == []
    # Integers would need samples, which this job was not given; the other way is open.
    job.spec["target"] = {"format": "onnx", "precision": "int8"}
    job.save()

    rows = as_user(cast.olga).get(f"/api/v1/jobs/{job.pk}/fixes").json()["results"]

    assert [row["change"] for row in rows] == [
        {"target": {"format": "openvino", "precision": "fp32"}}
    ]


def test_each_fix_is_what_again_takes(
    cast: Cast, as_user: As, graph: Artifact, boards: list[Board]
) -> None:
    job = end(measure(cast.olga, boards[0], graph), JobState.FAILED, FailureReason.CRASHED)
    olga = as_user(cast.olga)

    for fix in olga.get(f"/api/v1/jobs/{job.pk}/fixes").json()["results"]:
        answer = olga.post(
            f"/api/v1/jobs/{job.pk}/again", fix["change"], content_type="application/json"
        )
        assert (answer.status_code, answer.json()["retry_of"]) == (202, job.pk)


@pytest.mark.parametrize("reason", [FailureReason.WRONG_INPUT, FailureReason.UNKNOWN_ARCHITECTURE])
def test_nothing_is_offered_where_only_other_files_help(
    cast: Cast, as_user: As, graph: Artifact, reason: FailureReason
) -> None:
    job = end(convert(cast.olga, graph), JobState.FAILED, reason)

    assert fixes(as_user, cast.olga, job) == []


def test_a_job_that_did_not_fail_needs_no_fix(cast: Cast, as_user: As, graph: Artifact) -> None:
    assert fixes(as_user, cast.olga, convert(cast.olga, graph)) == []
