import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Attempt, Device, DeviceProfile, Job, Runner
from jobs.selectors.devices import find_runner
from jobs.selectors.waiting import waits_for
from jobs.services.benchmark_requests import NotAllowed
from jobs.services.dispatch import claim
from jobs.types import AttemptState, JobState, RunnerState
from portal.accounts.models import User
from portal.accounts.services.teams import create_team, join_team
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from tests.cast import Cast
from tests.jobs.scene import Board, benchmark_job, claim_of, connect, granted, publish


@pytest.fixture
def board(cast: Cast) -> Board:
    return connect(cast.olga)


def client_of(user: User) -> Client:
    secret = create_token(user, name="devices", scope=Scope.WRITE)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def change(user: User, board: Board, **changes: object) -> tuple[int, dict[str, object]]:
    url = f"/api/v1/devices/{board.device.pk}"
    answer = client_of(user).patch(url, changes, "application/json")
    board.device.refresh_from_db()
    return answer.status_code, answer.json()


def reserve(user: User, board: Board, hours: float) -> tuple[int, dict[str, object]]:
    url = f"/api/v1/devices/{board.device.pk}/reservation"
    until = (timezone.now() + dt.timedelta(hours=hours)).isoformat()
    answer = client_of(user).put(url, {"until": until}, "application/json")
    return answer.status_code, answer.json()


def taken(board: Board) -> int | None:
    grant = claim(board.runner, claim_of(board.session, "board"))
    return grant.job_id if grant else None


def reason_of(job: Job) -> str | None:
    reason = waits_for(Job.objects.get(pk=job.pk))
    return reason.code if reason else None


def test_a_paused_device_takes_no_job_until_it_is_resumed(cast: Cast, board: Board) -> None:
    job = benchmark_job(cast.mark, board, publish(cast.olga))
    assert change(cast.olga, board, paused=True)[1]["paused"] is True
    assert (taken(board), reason_of(job)) == (None, "device_paused")
    change(cast.olga, board, paused=False)
    assert (reason_of(job), taken(board)) == (None, job.pk)


def test_a_device_is_said_to_be_of_a_class_of_boards(cast: Cast, board: Board) -> None:
    DeviceProfile.objects.create(slug="rb3-gen-2", name="RB3 Gen 2", grade="on-device")
    assert change(cast.olga, board, profile="rb3-gen-2")[1]["profile"]["name"] == "RB3 Gen 2"
    assert change(cast.olga, board, profile="toaster")[1]["details"] == {
        "profile": ["There is no class of boards 'toaster'."]
    }
    assert change(cast.olga, board, profile=None)[1]["profile"] is None


def test_a_device_of_its_owner_alone_takes_no_jobs_of_others(cast: Cast, board: Board) -> None:
    artifact = publish(cast.olga)
    earlier = benchmark_job(cast.mark, board, artifact)
    said = change(cast.olga, board, access="owner")[1]
    assert (said["access"], said["can_run"], said["can_keep"]) == ("owner", True, True)
    with pytest.raises(NotAllowed):
        benchmark_job(cast.mark, board, artifact)
    assert (reason_of(earlier), taken(board)) == ("not_allowed", None)
    rulers = benchmark_job(cast.ada, board, artifact)
    assert taken(board) == rulers.pk


def test_a_team_shares_a_device(cast: Cast, board: Board) -> None:
    create_team("lab", "Lab", owner=cast.olga)
    join_team("lab", "Lab", cast.mark)
    artifact = publish(cast.olga)
    code, said = change(cast.olga, board, access="team")
    assert (code, said["details"]) == (
        422,
        {"team": ["Name the team whose members may run jobs on the device."]},
    )
    assert change(cast.olga, board, access="team", team="elsewhere")[0] == 422
    assert change(cast.olga, board, access="team", team="lab")[1]["team"] == "lab"
    with pytest.raises(NotAllowed):
        benchmark_job(cast.stella, board, artifact)
    job = benchmark_job(cast.mark, board, artifact)
    assert taken(board) == job.pk


def test_a_reserved_device_takes_only_its_holders_jobs_until_the_end(
    cast: Cast, board: Board
) -> None:
    artifact = publish(cast.olga)
    olgas = benchmark_job(cast.olga, board, artifact)
    code, said = reserve(cast.mark, board, 1)
    assert code == 200
    assert said["reservation"]["by"] == "mark"  # type: ignore[index]
    assert (reason_of(olgas), taken(board)) == ("device_reserved", None)
    code, said = reserve(cast.stella, board, 1)
    assert (code, said["code"]) == (409, "device_reserved")
    marks = benchmark_job(cast.mark, board, artifact)
    assert taken(board) == marks.pk
    Attempt.objects.all().delete()
    Device.objects.update(reserved_until=timezone.now())
    assert reason_of(olgas) is None
    assert taken(board) == olgas.pk


def test_a_reservation_ends_early_for_its_holder_and_the_owner_only(
    cast: Cast, board: Board
) -> None:
    url = f"/api/v1/devices/{board.device.pk}/reservation"
    for user, code in ((cast.stella, 403), (cast.mark, 204), (cast.olga, 204)):
        assert reserve(cast.mark, board, 1)[0] == 200
        assert client_of(user).delete(url).status_code == code
    assert Device.objects.get().reserved_by is None


@pytest.mark.parametrize("hours", [-1, 0, 24 * 8])
def test_a_reservation_needs_an_end_within_a_week(cast: Cast, board: Board, hours: float) -> None:
    code, said = reserve(cast.mark, board, hours)
    assert (code, list(said["details"])) == (422, ["until"])  # type: ignore[call-overload]


def test_a_revoked_runner_is_refused_and_its_job_waits_with_the_reason(
    cast: Cast, board: Board
) -> None:
    job = benchmark_job(cast.olga, board)
    attempt, _ = granted(job, board, started=True)
    answer = client_of(cast.olga).delete(f"/api/v1/runners/{board.runner.pk}")
    assert answer.status_code == 204
    assert find_runner(board.secret) is None
    attempt.refresh_from_db()
    job.refresh_from_db()
    assert (attempt.state, job.state) == (AttemptState.LOST, JobState.QUEUED)
    assert reason_of(job) == "no_device"
    assert Runner.objects.get().state == RunnerState.REVOKED
    assert client_of(cast.olga).get("/api/v1/runners").json()["results"][0]["state"] == "revoked"
    attached = client_of(cast.olga).get("/api/v1/devices").json()["results"]
    former = client_of(cast.olga).get("/api/v1/devices?runner=revoked").json()["results"]
    assert ([], [board.device.name]) == (attached, [row["name"] for row in former])
