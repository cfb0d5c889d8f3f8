import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Device, Job
from jobs.selectors.outlook import Prospect, outlook
from jobs.selectors.turns import heads_in_turn
from jobs.services.attempts import close, start
from jobs.services.conversion_runs import _next_job
from jobs.services.devices import revoke_runner
from jobs.services.dispatch import claim
from jobs.services.lifecycle import Wish, move, submit
from jobs.types import JobKind, JobState
from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Role, Scope
from repository.models import Artifact
from tests.cast import Cast
from tests.jobs.scene import Board, benchmark_job, claim_of, connect, granted, publish

MANY = 1000


@pytest.fixture
def artifact(cast: Cast) -> Artifact:
    return publish(cast.olga)


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


def queue_many(user: User, like: Job, count: int) -> None:
    row = dict(Job.objects.filter(pk=like.pk).values().get())
    del row["id"]
    row["created_by_id"] = user.pk
    Job.objects.bulk_create(Job(**row) for _ in range(count))


def conversion(user: User, artifact: Artifact) -> Job:
    return submit(user, Wish(JobKind.CONVERT, "to int8", {}, artifact, engine="onnxruntime"))


def test_a_thousand_conversions_of_one_person_do_not_delay_the_first_of_another(
    cast: Cast, artifact: Artifact
) -> None:
    queue_many(cast.olga, conversion(cast.olga, artifact), MANY)
    marks = conversion(cast.mark, artifact)
    first = _next_job()
    assert first is not None
    assert first.created_by == cast.olga
    move(move(first, JobState.ASSIGNED), JobState.RUNNING, started_at=timezone.now())
    assert _next_job() == marks


def test_a_thousand_measurements_of_one_person_do_not_delay_the_first_of_another(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    queue_many(cast.olga, benchmark_job(cast.olga, board, artifact), MANY)
    marks = benchmark_job(cast.mark, board, artifact)
    first = claim(board.runner, claim_of(board.session, "board"))
    assert first is not None
    assert Job.objects.get(pk=first.job_id).created_by == cast.olga
    job = Job.objects.get(pk=first.job_id)
    attempt = job.attempts.get()
    move(job, JobState.RUNNING, started_at=timezone.now())
    close(attempt, JobState.CANCELLED)
    second = claim(board.runner, claim_of(board.session, "board"))
    assert second is not None
    assert second.job_id == marks.pk


def test_priority_goes_before_turns_and_the_longest_unserved_owner_first(
    cast: Cast, artifact: Artifact
) -> None:
    jobs = [conversion(user, artifact) for user in (cast.olga, cast.mark, cast.stella)]
    served = {cast.olga: 1, cast.mark: 3, cast.stella: 2}
    for user, hours in served.items():
        past = conversion(user, artifact)
        began = timezone.now() - dt.timedelta(hours=hours)
        Job.objects.filter(pk=past.pk).update(
            state=JobState.SUCCEEDED, started_at=began, ended_at=began
        )
    queue = Job.objects.filter(state=JobState.QUEUED)
    assert heads_in_turn(queue, JobKind.CONVERT) == [jobs[1].pk, jobs[2].pk, jobs[0].pk]
    Job.objects.filter(pk=jobs[0].pk).update(priority=1)
    assert heads_in_turn(queue, JobKind.CONVERT) == [jobs[0].pk]


def take(seconds: float, job: Job) -> None:
    """Let a job have begun and ended well, so many seconds apart."""
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.SUCCEEDED, started_at=now - dt.timedelta(seconds=seconds), ended_at=now
    )


def test_the_place_in_a_queue_is_the_order_in_which_jobs_are_taken(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    olgas = [benchmark_job(cast.olga, board, artifact) for _ in range(3)]
    marks = [benchmark_job(cast.mark, board, artifact) for _ in range(2)]
    waiting = [olgas[0], marks[0], olgas[1], marks[1], olgas[2]]
    found = outlook(olgas)
    assert [found[job.pk].queue_position for job in waiting] == [1, 2, 3, 4, 5]
    assert {found[job.pk].eta for job in waiting} == {None}


def test_who_is_served_now_comes_again_after_one_job_of_every_other(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    olgas = [benchmark_job(cast.olga, board, artifact) for _ in range(2)]
    marks = [benchmark_job(cast.mark, board, artifact) for _ in range(2)]
    attempt, _ = granted(olgas[0], board, started=True)
    foretold = outlook(olgas)
    places = {foretold[job.pk].queue_position: job.pk for job in (olgas[1], *marks)}
    taken = []
    for _ in range(3):
        close(attempt, JobState.CANCELLED)
        grant = claim(board.runner, claim_of(board.session, "board"))
        assert grant is not None
        taken.append(grant.job_id)
        attempt = Job.objects.get(pk=grant.job_id).attempts.select_related("job").get()
        start(attempt)
    assert [places[at] for at in (1, 2, 3)] == taken


def test_the_end_of_a_job_is_foretold_from_jobs_like_it(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    for seconds in (40, 60, 900):
        take(seconds, benchmark_job(cast.olga, board, artifact))
    elsewhere = connect(cast.mark, "other")
    for _ in range(5):
        take(5, benchmark_job(cast.mark, elsewhere, artifact))
    running, waiting = [benchmark_job(cast.olga, board, artifact) for _ in range(2)]
    granted(running, board, started=True)
    Job.objects.filter(pk=running.pk).update(started_at=timezone.now() - dt.timedelta(seconds=20))
    running.refresh_from_db()
    found = outlook([running, waiting])
    assert found[running.pk].queue_position is None
    assert found[running.pk].eta in {39, 40}
    assert found[waiting.pk].queue_position == 1
    assert found[waiting.pk].eta in {99, 100}


def test_a_reservation_lets_its_holder_go_first_and_the_others_foretold_end_counts_it(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    take(40, benchmark_job(cast.olga, board, artifact))
    marks, olgas = [benchmark_job(who, board, artifact) for who in (cast.mark, cast.olga)]
    until = timezone.now() + dt.timedelta(seconds=1000)
    Device.objects.update(reserved_by=cast.olga, reserved_until=until)
    found = outlook(Job.objects.filter(state=JobState.QUEUED))
    assert (found[olgas.pk].queue_position, found[marks.pk].queue_position) == (1, 2)
    assert found[olgas.pk].eta in {39, 40}
    assert found[marks.pk].eta in {1039, 1040}


def test_the_end_is_not_foretold_while_the_device_is_paused(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    take(40, benchmark_job(cast.olga, board, artifact))
    job = benchmark_job(cast.olga, board, artifact)
    Device.objects.update(paused=True)
    job.refresh_from_db()
    assert outlook([job])[job.pk] == Prospect(queue_position=1, eta=None)


def test_a_job_that_no_device_can_run_has_no_place(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    job = benchmark_job(cast.olga, board, artifact)
    Job.objects.update(engine="openvino")
    job.refresh_from_db()
    assert outlook([job]) == {}


def test_a_job_whose_runner_was_revoked_has_no_place(
    cast: Cast, board: Board, artifact: Artifact
) -> None:
    job = benchmark_job(cast.olga, board, artifact)
    revoke_runner(cast.olga, board.runner)
    assert outlook([job]) == {}


@pytest.fixture
def olgas(cast: Cast) -> Client:
    secret = create_token(cast.olga, name="jobs", scope=Scope.WRITE)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_job_runs_again_with_what_is_named_changed(
    olgas: Client, cast: Cast, board: Board, artifact: Artifact
) -> None:
    old = benchmark_job(cast.olga, board, artifact)
    url = f"/api/v1/jobs/{old.pk}/again"
    answer = olgas.post(url, {"threads": 3}, "application/json")
    assert answer.status_code == 202
    said = answer.json()
    assert (said["retry_of"], said["spec"]["threads"]) == (old.pk, 3)
    assert (said["engine"], said["device"]) == (old.engine, "board")
    assert said["queue_position"] == 2
    refused = olgas.post(url, {"engine": "openvino"}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "engine_missing")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("owner=me", 1),
        ("owner=mark", 1),
        ("owner=nobody", 0),
        ("reason=no_device", 1),
        ("state=open&kind=benchmark", 1),
        ("since=2020-01-01T00:00:00Z", 2),
        ("since=2999-01-01T00:00:00Z", 0),
    ],
)
def test_the_list_of_jobs_is_narrowed(
    olgas: Client, cast: Cast, board: Board, artifact: Artifact, query: str, count: int
) -> None:
    benchmark_job(cast.olga, board, artifact)
    ended = benchmark_job(cast.mark, board, artifact)
    move(ended, JobState.EXPIRED, failure_reason="no_device")
    assert len(olgas.get(f"/api/v1/jobs?{query}").json()["results"]) == count


def test_who_asked_lets_others_go_first_and_only_a_maintainer_goes_before_everybody(
    olgas: Client, cast: Cast, board: Board, artifact: Artifact
) -> None:
    first, _ = [benchmark_job(cast.olga, board, artifact) for _ in range(2)]
    url = f"/api/v1/jobs/{first.pk}"
    said = olgas.patch(url, {"urgency": "low"}, "application/json").json()
    assert (said["urgency"], said["queue_position"]) == ("low", 2)
    refused = olgas.patch(url, {"urgency": "high"}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_hurry")
    User.objects.filter(pk=cast.olga.pk).update(role=Role.MAINTAINER)
    assert olgas.patch(url, {"urgency": "high"}, "application/json").json()["queue_position"] == 1
    grant = claim(board.runner, claim_of(board.session, "board"))
    assert grant is not None
    assert grant.job_id == first.pk
    late = olgas.patch(url, {"urgency": "low"}, "application/json")
    assert (late.status_code, late.json()["code"]) == (409, "job_not_queued")
