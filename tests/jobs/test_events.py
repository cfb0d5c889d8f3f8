import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from jobs.edge import events
from jobs.models import Job, JobEvent
from jobs.selectors import jobs as selectors
from jobs.services.attempts import progress
from jobs.services.lifecycle import cancel
from jobs.services.runners import open_session
from portal.accounts.models import User
from portal.accounts.types import Scope
from portal.core.wakeups import sleepers
from portal.news.services.telling import mark_read, notify
from portal.news.types import Happening
from repository.types import Visibility
from tests.cast import Cast, people
from tests.jobs.scene import Board, benchmark_job, connect, publish, session_of

Api = Callable[[User, Scope], httpx.Client]


@dataclass(frozen=True)
class Event:
    id: int
    name: str
    data: dict[str, Any]


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK_AGAIN_S", 0.1)


@pytest.fixture
def folk(server: str) -> Cast:
    return people()


@pytest.fixture
def board(folk: Cast) -> Board:
    return connect(folk.olga)


@contextmanager
def following(client: httpx.Client, topics: str, after: str = "") -> Iterator[Iterator[Event]]:
    headers = {"Last-Event-ID": after} if after else {}
    with client.stream("GET", "/events", params={"topics": topics}, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = _events(answer.iter_lines())
        assert next(stream).name == "ready"
        yield stream


def _events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and fields:
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


def told(stream: Iterator[Event], count: int) -> list[tuple[int, str, Any]]:
    seen = itertools.islice(stream, count)
    return [(e.data["job"], e.data["kind"], e.data.get("state")) for e in seen]


def test_a_stream_tells_what_happens_to_jobs(api: Api, folk: Cast, board: Board) -> None:
    with following(api(folk.olga, Scope.READ), "jobs") as stream:
        job = benchmark_job(folk.olga, board)
        assert told(stream, 1) == [(job.pk, "state", "queued")]
        progress(job, step="sampling", fraction=0.5, text="")
        event = next(stream)
        assert (event.name, event.data["step"], event.data["fraction"]) == ("job", "sampling", 0.5)
        cancel(job)
        assert told(stream, 1) == [(job.pk, "state", "cancelled")]


def test_a_stream_begins_with_now_and_not_with_the_past(api: Api, folk: Cast, board: Board) -> None:
    old = benchmark_job(folk.olga, board)
    with following(api(folk.olga, Scope.READ), "jobs") as stream:
        cancel(old)
        assert told(stream, 1) == [(old.pk, "state", "cancelled")]


def test_a_stream_resumes_after_the_last_event_that_was_seen(
    api: Api, folk: Cast, board: Board
) -> None:
    artifact = publish(folk.olga)
    first, second = (benchmark_job(folk.olga, board, artifact) for _ in range(2))
    seen = JobEvent.objects.get(job=first).pk
    cancel(second)
    with following(api(folk.olga, Scope.READ), "jobs", after=str(seen)) as stream:
        assert told(stream, 2) == [
            (second.pk, "state", "queued"),
            (second.pk, "state", "cancelled"),
        ]


def test_an_event_that_was_committed_after_a_later_one_is_told_once(
    api: Api, folk: Cast, board: Board
) -> None:
    job = benchmark_job(folk.olga, board)
    begun = JobEvent.objects.latest("pk").pk
    with following(api(folk.olga, Scope.READ), "jobs") as stream:
        JobEvent.objects.create(pk=begun + 5, job=job, kind="progress")
        assert next(stream).id == begun + 5
        JobEvent.objects.create(pk=begun + 2, job=job, kind="log")
        late = next(stream)
        assert (late.id, late.data["kind"]) == (begun + 5, "log")
        JobEvent.objects.create(pk=begun + 6, job=job, kind="progress")
        assert next(stream).id == begun + 6


@pytest.mark.parametrize("after", ["nonsense", "9" * 30])
def test_a_strange_last_event_id_begins_with_now(
    server: str, api: Api, folk: Cast, board: Board, after: str
) -> None:
    job = benchmark_job(folk.olga, board)
    client = api(folk.olga, Scope.READ)
    with following(client, "jobs", after=after) as stream:
        cancel(job)
        assert told(stream, 1) == [(job.pk, "state", "cancelled")]


def test_a_backlog_longer_than_one_reading_arrives_without_a_pause(
    api: Api, folk: Cast, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOK_AGAIN_S", 3600.0)
    monkeypatch.setattr(selectors, "MOST_EVENTS", 2)
    artifact = publish(folk.olga)
    made = [benchmark_job(folk.olga, board, artifact).pk for _ in range(5)]
    with following(api(folk.olga, Scope.READ), "jobs", after="0") as stream:
        assert [job for job, _, _ in told(stream, 5)] == made


def test_one_job_is_followed_apart_from_the_others(api: Api, folk: Cast, board: Board) -> None:
    artifact = publish(folk.olga)
    one, other = (benchmark_job(folk.olga, board, artifact) for _ in range(2))
    with following(api(folk.olga, Scope.READ), f"job:{other.pk}") as stream:
        cancel(one)
        cancel(other)
        assert told(stream, 1) == [(other.pk, "state", "cancelled")]


def test_strangers_hear_nothing_of_a_private_model(api: Api, folk: Cast, board: Board) -> None:
    secret = publish(folk.olga, "secret", visibility=Visibility.PRIVATE)
    hidden = benchmark_job(folk.olga, board, secret)
    shown = benchmark_job(folk.olga, board, publish(folk.olga, "open"))
    topics = f"jobs,job:{hidden.pk}"
    with following(api(folk.stella, Scope.READ), topics, after="0") as stream:
        assert told(stream, 1) == [(shown.pk, "state", "queued")]
    with following(api(folk.olga, Scope.READ), topics, after="0") as stream:
        assert told(stream, 2)[0] == (hidden.pk, "state", "queued")


def test_news_of_devices_come_with_a_wake_up(api: Api, folk: Cast, board: Board) -> None:
    with following(api(folk.olga, Scope.READ), "devices") as stream:
        open_session(board.runner, session_of("board", "phone"))
        listener = sleepers()._listener
        assert listener is not None
        listener.get_loop().call_soon_threadsafe(sleepers()._wake_all)
        assert next(stream).name == "devices"


def test_a_stream_tells_of_notices_that_came_or_were_read(api: Api, folk: Cast) -> None:
    with following(api(folk.olga, Scope.READ), "notices") as stream:
        notify(folk.stella, Happening.JOB_ENDED, {})
        notify(folk.olga, Happening.JOB_ENDED, {})
        assert next(stream).name == "notices"
        mark_read(folk.olga, None)
        assert next(stream).name == "notices"


def test_a_stream_is_silent_about_the_notices_of_others(api: Api, folk: Cast, board: Board) -> None:
    with following(api(folk.olga, Scope.READ), "notices,jobs") as stream:
        notify(folk.stella, Happening.JOB_ENDED, {})
        benchmark_job(folk.olga, board)
        assert next(stream).name == "job"


@pytest.mark.parametrize("topics", ["", "models", "jobs,models", "job:x", "job:0", "," * 30])
def test_unknown_topics_are_refused(api: Api, folk: Cast, topics: str) -> None:
    answer = api(folk.olga, Scope.READ).get("/events", params={"topics": topics})
    assert (answer.status_code, list(answer.json()["details"])) == (422, ["topics"])


def test_who_did_not_sign_in_hears_nothing(server: str, folk: Cast) -> None:
    answer = httpx.get(f"{server}/api/v1/events", params={"topics": "jobs"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert Job.objects.count() == 0
