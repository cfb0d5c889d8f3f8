"""The scenes of the dispatch bench, over the services that the environment names.

`python -m tests.bench.dispatch_runs` tells its ratios as a line of JSON.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from jobs.models import Device, Job, Runner
from jobs.services.benchmark_requests import request_benchmark
from jobs.services.dispatch import claim
from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from repository.models import Artifact
from tests.bench.processor import Meter, postmaster
from tests.bench.report import Ratio
from tests.cast import people
from tests.jobs import crowd
from tests.jobs.scene import claim_of, publish
from tests.jobs.web import open_many_files, web
from tests.services import free_port

MANY = 500
ROUNDS = 20
CLAIM_S = 25.0
REST_S = 25.0
LOGS = 200
LOG_RATE = 16 * 1024
LOG_S = 10.0
LOG_DELAY_S = 2.0
LARGEST_PART = 256 * 1024
LINE = b"%06d a line of a log, as long as most of them are\n"


@dataclass
class Lab:
    """A server, who asks it, and the devices of the simulated runners by number."""

    server: str
    token: str
    owner: User
    artifact: Artifact
    devices: list[Device]
    started: dict[int, float] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, number: int) -> None:
        """Be a runner: hold a claim, start what is offered, and say that it failed."""
        while True:
            offer = await crowd.claim(self.server, number, CLAIM_S)
            if offer.status != 200:
                continue
            grant = offer.json()
            (await crowd.tell(self.server, grant, "accept")).must_be(204)
            self.started[grant["job_id"]] = time.perf_counter()
            self.changed.set()
            end = {"outcome": "failed", "log_size": 0, "reason": "crashed"}
            (await crowd.tell(self.server, grant, "finish", **end)).must_be(204)

    @contextlib.asynccontextmanager
    async def waiting(self, count: int) -> AsyncIterator[None]:
        """Have so many runners wait for work."""
        self.changed = asyncio.Event()
        runners = [asyncio.create_task(self.work(number)) for number in range(count)]
        await asyncio.sleep(2 + count / 40)
        try:
            yield
        finally:
            for runner in runners:
                runner.cancel()
            await asyncio.gather(*runners, return_exceptions=True)

    async def dispatch(self, device: Device) -> float:
        """Return the seconds from asking for a job to its accepted start."""
        body = {"kind": "benchmark", "artifact": self.artifact.pk, "device": device.pk}
        content = json.dumps(body).encode()
        begun = time.perf_counter()
        asked = await crowd.call(self.server, "POST", "/api/v1/jobs", self.token, content)
        job = asked.must_be(202).json()["id"]
        while job not in self.started:
            self.changed.clear()
            await self.changed.wait()
        return self.started[job] - begun

    async def trip(self) -> float:
        """Return the seconds of one bare exchange with the server."""
        begun = time.perf_counter()
        (await crowd.call(self.server, "GET", "/healthz", "")).must_be(200)
        return time.perf_counter() - begun


@contextlib.contextmanager
def open_lab() -> Iterator[tuple[Lab, Meter]]:
    call_command("migrate", verbosity=0)
    owner = people().olga
    devices = crowd.enrolled(owner, MANY)
    _, token = create_token(owner, name="bench", scope=Scope.WRITE)
    port = free_port()
    lab = Lab(f"http://127.0.0.1:{port}", token, owner, publish(owner), devices)
    with web(port) as process:
        yield lab, Meter([process, postmaster()])


async def latency(lab: Lab, count: int) -> tuple[float, float]:
    """Return the medians of a dispatch and of a bare exchange while so many runners wait."""
    async with lab.waiting(count):
        chosen = [lab.devices[number * count // ROUNDS] for number in range(ROUNDS)]
        for device in chosen[:3]:
            await lab.dispatch(device)
        times = [(await lab.dispatch(device), await lab.trip()) for device in chosen]
    dispatched, bare = zip(*times, strict=True)
    return statistics.median(dispatched), statistics.median(bare)


async def rest(lab: Lab, meter: Meter, count: int) -> float:
    """Return the share of one core that so many waiting runners cost."""
    async with lab.waiting(count):
        meter.begin()
        await asyncio.sleep(REST_S)
        return meter.share()


async def take_all(lab: Lab, numbers: range) -> tuple[float, list[dict[str, Any]]]:
    """Have runners claim at once what waits for each; return claims a second and the grants."""
    gate = asyncio.Semaphore(32)

    async def one(number: int) -> dict[str, Any]:
        async with gate:
            grant: dict[str, Any] = (await crowd.claim(lab.server, number, 0)).must_be(200).json()
            return grant

    begun = time.perf_counter()
    grants = await asyncio.gather(*(one(number) for number in numbers))
    return len(grants) / (time.perf_counter() - begun), grants


def claims_alone(lab: Lab, numbers: range) -> float:
    """Return claims a second of one process without HTTP."""
    runners = [Runner.objects.get(pk=lab.devices[number].runner_id) for number in numbers]
    begun = time.perf_counter()
    for runner in runners:
        assert claim(runner, claim_of(crowd.SESSION, crowd.BOARD)) is not None
    return len(runners) / (time.perf_counter() - begun)


def bare_updates() -> float:
    """Return how many conditional UPDATEs of one row each the database commits in a second."""
    jobs = list(Job.objects.filter(state="queued").values_list("pk", flat=True))
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for job in jobs:
            cursor.execute(
                "UPDATE jobs_job SET text = 'x' WHERE id = %s AND state = 'queued'", [job]
            )
    return len(jobs) / (time.perf_counter() - begun)


async def write_logs(lab: Lab, grants: list[dict[str, Any]]) -> float:
    """Write a log for each grant as runners do, once a second what is new; return bytes a second.

    What counts, of each log, is what was written until two seconds before the end and came by then.
    """
    for grant in grants:
        (await crowd.tell(lab.server, grant, "accept")).must_be(204)
    begun = time.perf_counter()

    async def one(grant: dict[str, Any]) -> int:
        line = LINE % grant["job_id"]
        sent = 0
        path = f"/runner/v1/attempts/{grant['attempt_id']}/log"
        while (passed := time.perf_counter() - begun) < LOG_S:
            size = min(int(passed * LOG_RATE) - sent, LARGEST_PART)
            if size > 0:
                content = (line * (size // len(line) + 1))[:size]
                span = f"bytes {sent}-{sent + size - 1}/*"
                answer = await crowd.call(
                    lab.server, "PATCH", path, grant["token"], content, Content_Range=span
                )
                sent = answer.must_be(200).json()["size"]
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - begun - passed)))
        return sent

    sizes = await asyncio.gather(*(one(grant) for grant in grants))
    counted_s = LOG_S - LOG_DELAY_S
    return sum(min(size, counted_s * LOG_RATE) for size in sizes) / counted_s


def measure(lab: Lab, meter: Meter) -> list[Ratio]:
    alone, bare = asyncio.run(latency(lab, 1))
    among, bare_among = asyncio.run(latency(lab, MANY))
    share = asyncio.run(rest(lab, meter, MANY))
    for device in lab.devices:
        request_benchmark(lab.owner, lab.artifact, device)
    updates = bare_updates()
    by_service = claims_alone(lab, range(LOGS, MANY))
    by_http, grants = asyncio.run(take_all(lab, range(LOGS)))
    meter.begin()
    written = asyncio.run(write_logs(lab, grants))
    writing = meter.share()
    wanted = LOGS * LOG_RATE
    trip, ms = "a bare exchange", "ms"
    return [
        Ratio("dispatch, 1 runner", 1e3 * alone, ms, trip, 1e3 * bare, "<= 40"),
        Ratio(f"dispatch, {MANY} runners", 1e3 * among, ms, trip, 1e3 * bare_among, "<= 40"),
        Ratio(f"dispatch, {MANY} runners", 1e3 * among, ms, "1 runner", 1e3 * alone, "<= 3"),
        Ratio("claims", by_service, "/s", "bare updates", updates, ">= 0.005"),
        Ratio("claims by HTTP", by_http, "/s", "without HTTP", by_service, ">= 0.3"),
        Ratio(f"{MANY} waiting runners", share, "cores", "one core", 1.0, "<= 1"),
        Ratio(f"{LOGS} live logs, within 2 s", written, "B/s", "wanted rate", wanted, ">= 0.9"),
        Ratio(f"{LOGS} live logs", writing, "cores", "one core", 1.0, "<= 1.5"),
    ]


def main() -> None:
    open_many_files()
    with open_lab() as (lab, meter):
        rows = [asdict(row) for row in measure(lab, meter)]
    sys.stdout.write(json.dumps(rows) + "\n")


if __name__ == "__main__":
    main()
