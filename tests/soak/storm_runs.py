"""`python -m tests.soak.storm_runs RUNNERS SEED`: one storm, told as a line of JSON.

Every runner holds a claim when the server is killed, work is asked for while it is away, and all
come back at the same moment, without any of the patience that the real program has.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Awaitable
from contextlib import ExitStack
from typing import Any

import django

django.setup()

from django.core.management import call_command
from django.db import connections

from jobs.models import Attempt, Device, Job
from jobs.services.benchmark_requests import request_benchmark
from jobs.types import AttemptState, JobState
from portal.accounts.models import User
from repository.models import Artifact
from tests.cast import people
from tests.jobs import crowd
from tests.jobs.scene import publish
from tests.jobs.web import open_many_files, web
from tests.services import free_port

ROUNDS = 3
PATIENCE_S = 120.0
HOLD_S = 3.0
RETRY_S = 0.05
CUT = 0
ERROR = 500
END = {"outcome": "failed", "log_size": 0, "reason": "crashed"}


class Storm:
    """The runners of a storm, and what they saw: answers by status, and who was given which job."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self._chance = random.Random(seed)
        self._port = free_port()
        self._server = f"http://127.0.0.1:{self._port}"
        self.statuses = Counter[int]()
        self.given = Counter[int]()
        self.ended = 0

    async def blow(self, owner: User, artifact: Artifact, devices: list[Device]) -> list[str]:
        """Kill and come back, again and again; return what went wrong on the way."""
        runners = [asyncio.create_task(self._come(number)) for number in range(self.count)]
        asked = 0
        for _ in range(ROUNDS):
            chosen = self._chance.sample(devices, self.count // 2)
            asked += len(chosen)
            await asyncio.to_thread(_ask, owner, artifact, chosen)
            with ExitStack() as stack:
                await asyncio.to_thread(stack.enter_context, web(self._port))
                for _ in range(int(PATIENCE_S / RETRY_S)):
                    if self.ended == asked:
                        break
                    await asyncio.sleep(RETRY_S)
                # Whoever has no work holds a claim again when the context kills the server.
                await asyncio.sleep(HOLD_S)
        for runner in runners:
            runner.cancel()
        ends = await asyncio.gather(*runners, return_exceptions=True)
        return [repr(end) for end in ends if not isinstance(end, asyncio.CancelledError)]

    async def _come(self, number: int) -> None:
        """Be a runner: claim, start and end what is offered, and ask at once again."""
        while True:
            try:
                answer = await self._noted(crowd.claim(self._server, number, PATIENCE_S))
            except OSError:
                answer = crowd.Answer(CUT, b"")
            if answer.status == 200:
                await self._work(answer.json())
            else:
                await asyncio.sleep(RETRY_S)

    async def _work(self, grant: dict[str, Any]) -> None:
        self.given[grant["job_id"]] += 1
        for what, more in (("accept", {}), ("finish", END)):
            answer = await self._noted(crowd.tell(self._server, grant, what, **more))
            answer.must_be(204)
        self.ended += 1

    async def _noted(self, call: Awaitable[crowd.Answer]) -> crowd.Answer:
        answer = await call
        self.statuses[answer.status] += 1
        return answer


def _ask(owner: User, artifact: Artifact, devices: list[Device]) -> None:
    for device in devices:
        request_benchmark(owner, artifact, device)
    connections.close_all()


def _broken(storm: Storm) -> list[str]:
    """Compare what the runners saw and what the database holds with what was promised."""
    found = [f"{count} answers {code}" for code, count in storm.statuses.items() if code >= ERROR]
    found += [f"job {job} given {times} times" for job, times in storm.given.items() if times > 1]
    jobs = set(Job.objects.values_list("pk", flat=True))
    ended = set(Job.objects.filter(state=JobState.FAILED).values_list("pk", flat=True))
    found += [f"job {job} was not served" for job in sorted(jobs - ended)]
    closed = Attempt.objects.filter(state=AttemptState.CLOSED).count()
    if not closed == Attempt.objects.count() == len(jobs):
        found.append(f"{Attempt.objects.count()} attempts, {closed} of them closed")
    return found


def main() -> None:
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    open_many_files()
    call_command("migrate", verbosity=0)
    owner = people().olga
    devices = crowd.enrolled(owner, count)
    storm = Storm(count, seed)
    failures = asyncio.run(storm.blow(owner, publish(owner), devices)) + _broken(storm)
    detail = {"rounds": ROUNDS, "jobs": len(storm.given), "answers": storm.statuses}
    sys.stdout.write(json.dumps({"failures": failures, "detail": detail}) + "\n")


if __name__ == "__main__":
    main()
