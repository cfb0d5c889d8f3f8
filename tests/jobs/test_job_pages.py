import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from jobs.api import jobs as api
from jobs.models import Job
from jobs.types import JobState
from tests.cast import Cast
from tests.conftest import As
from tests.jobs.scene import benchmark_job, connect, publish

NOW = timezone.now()
SECONDS = {"b": 5, "a": None, "c": 90}
"""How long the job of each model took; one never began. Asked in this order."""


@pytest.fixture
def jobs(cast: Cast) -> None:
    board = connect(cast.olga)
    for name, took in SECONDS.items():
        job = benchmark_job(cast.olga, board, publish(cast.olga, name))
        if took is not None:
            ended = NOW + dt.timedelta(seconds=took)
            Job.objects.filter(pk=job.pk).update(
                state=JobState.SUCCEEDED, started_at=NOW, ended_at=ended
            )


@pytest.fixture
def reader(cast: Cast, as_user: As) -> Client:
    return as_user(cast.olga)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("newest", "cab"),
        ("oldest", "bac"),
        ("longest", "cba"),
        ("shortest", "bca"),
        ("model", "abc"),
    ],
)
@pytest.mark.parametrize("size", [50, 1, 2])
@pytest.mark.usefixtures("jobs")
def test_jobs_come_in_every_order_and_each_once_over_all_pages(
    reader: Client, monkeypatch: pytest.MonkeyPatch, sort: str, found: str, size: int
) -> None:
    monkeypatch.setattr(api, "PAGE", size)
    seen: str = ""
    cursor: str | None = ""
    while cursor is not None:
        page = reader.get(f"/api/v1/jobs?sort={sort}{cursor}")
        seen += "".join(row["model"].partition("/")[2] for row in page.json()["results"])
        following = page.json()["next"]
        cursor = following and f"&cursor={following}"
    assert seen == found


def test_an_unknown_order_is_refused(reader: Client) -> None:
    answer = reader.get("/api/v1/jobs?sort=beauty")
    assert (answer.status_code, list(answer.json()["details"])) == (422, ["sort"])


@pytest.mark.parametrize("sort", ["newest", "oldest", "longest"])
def test_a_place_beyond_all_numbers_is_refused(reader: Client, sort: str) -> None:
    answer = reader.get("/api/v1/jobs", {"sort": sort, "cursor": 2**63 - 10})
    assert (answer.status_code, list(answer.json()["details"])) == (422, ["cursor"])
