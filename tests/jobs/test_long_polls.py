"""Many runners that wait at once: on PostgreSQL 500, ten for each connection it allows."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from ondol_runner.protocol import ClaimRequest, Grant

from jobs.edge import claim as claim_edge
from jobs.models import Runner
from jobs.services.benchmark_requests import request_benchmark
from jobs.services.dispatch import claim
from portal.accounts.models import User
from portal.core.wakeups import sleepers
from tests.jobs import crowd
from tests.jobs.scene import publish

MANY = 500
FEW = 40
PATIENCE_S = 60.0


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold claims for long, without a look in between, over as many files as there may be."""
    monkeypatch.setattr(claim_edge, "LOOK_AGAIN_S", 3600.0)
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update={"claim_wait_s": 600.0}))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def leave(polls: list["asyncio.Task[crowd.Answer]"], monkeypatch: pytest.MonkeyPatch) -> None:
    """Hang up, and let the server see that nobody is there any more."""
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    monkeypatch.setattr(claim_edge, "claim", lambda *_: None)
    if (listener := sleepers()._listener) is not None:
        listener.get_loop().call_soon_threadsafe(sleepers()._wake_all)


def alone(work: Callable[..., Any], *args: object) -> Any:
    """Work in a thread of its own and leave no connection behind."""
    try:
        return work(*args)
    finally:
        connections.close_all()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "This did not come about."
        time.sleep(0.05)


def connections_in_use() -> int:
    """Count who holds a connection to a PostgreSQL besides this thread."""
    if connection.vendor != "postgresql":
        return 0
    pool = connection.pool
    assert connections_of_others() <= settings.ENV.database_slots
    with connection.cursor():
        held = pool.get_stats()
    return int(held["pool_size"] - held["pool_available"]) - 1


def connections_of_others() -> int:
    """Count who is connected to a PostgreSQL besides this thread."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_job_wakes_one_of_many_held_claims_and_none_holds_a_connection(
    patience: None, server: str, redis: None, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = MANY if connection.vendor == "postgresql" else FEW
    looks = Counter[str]()

    def counted(runner: Runner, request: ClaimRequest) -> Grant | None:
        looks[runner.pk] += 1
        return claim(runner, request)

    monkeypatch.setattr(claim_edge, "claim", counted)
    devices = crowd.enrolled(olga, count)
    artifact = publish(olga)

    async def scene() -> None:
        # The first to wait looks once more when the wake-ups are heard; the others come after that.
        polls = [asyncio.create_task(crowd.claim(server, 0))]
        try:
            await asyncio.to_thread(until, lambda: looks.total() == 2)
            polls += [asyncio.create_task(crowd.claim(server, n)) for n in range(1, count)]
            await asyncio.to_thread(until, lambda: len(sleepers()._waiting) == count)
            await asyncio.to_thread(until, lambda: looks.total() == count + 1)
            # All that is left to see is rest: connections wait in their pool, and nobody looks.
            await asyncio.to_thread(until, lambda: alone(connections_in_use) == 0)
            await asyncio.sleep(1)
            assert await asyncio.to_thread(alone, connections_in_use) == 0
            before = looks.copy()
            chosen = devices[count // 2]
            job = await asyncio.to_thread(alone, request_benchmark, olga, artifact, chosen)
            answered, waiting = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
            (answer,) = answered
            assert answer.result().json()["job_id"] == job.pk
            assert len(waiting) == count - 1
            assert looks - before == {chosen.runner_id: 1}
        finally:
            await leave(polls, monkeypatch)

    connections.close_all()
    asyncio.run(scene())


def test_a_rush_of_calls_waits_for_connections_instead_of_failing(server: str, olga: User) -> None:
    count = 4 * MANY // 10 if connection.vendor == "postgresql" else FEW
    crowd.enrolled(olga, 1)
    secret = crowd.secret_of(0)

    async def rush() -> list[crowd.Answer]:
        path = "/runner/v1/challenge"
        calls = (crowd.call(server, "POST", path, secret, b"{}") for _ in range(count))
        return await asyncio.gather(*calls)

    connections.close_all()
    assert Counter(answer.status for answer in asyncio.run(rush())) == {200: count}
