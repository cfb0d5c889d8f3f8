"""Queues of like jobs, played forward: `python -m tests.bench.eta_runs` tells the errors."""

import datetime as dt
import random
import sys

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from jobs.models import Device, Job
from jobs.selectors.outlook import outlook
from jobs.selectors.turns import heads_in_turn
from jobs.services.benchmark_requests import request_benchmark
from jobs.types import JobKind, JobState
from portal.accounts.models import User
from repository.models import Artifact
from tests.cast import people
from tests.jobs.scene import connect, publish

QUEUES = 12
LENGTH = 12
PAST = 60
FILES = {"small": 1_000, "middle": 30_000, "large": 900_000}
SPREAD = 0.25
SELDOM, FAR_LONGER = 0.03, 3.0
SEED = 1


class Play:
    """One device, three models of their own durations, and people who ask for them."""

    def __init__(self) -> None:
        call_command("migrate", verbosity=0)
        cast = people()
        self.owners: list[User] = [cast.ada, cast.olga, cast.mark]
        self.device: Device = connect(cast.olga).device
        self.artifacts: list[Artifact] = [
            publish(cast.olga, name, {"model.onnx": name.encode() * size})
            for name, size in FILES.items()
        ]
        self.chance = random.Random(SEED)  # noqa: S311
        self.own_s = {row.pk: 20.0 * 3**at for at, row in enumerate(self.artifacts)}

    def duration(self, artifact: int) -> dt.timedelta:
        seconds = self.own_s[artifact] * self.chance.lognormvariate(0, SPREAD)
        if self.chance.random() < SELDOM:
            seconds *= FAR_LONGER
        return dt.timedelta(seconds=seconds)

    def ask(self) -> Job:
        owner, artifact = self.chance.choice(self.owners), self.chance.choice(self.artifacts)
        return request_benchmark(owner, artifact, self.device)

    def remember(self) -> None:
        """Leave durations behind, as of jobs that ended."""
        for _ in range(PAST):
            job = self.ask()
            began = timezone.now() - dt.timedelta(hours=1)
            self.end(job, began, began + self.duration(job.artifact_id or 0))

    def end(self, job: Job, began: dt.datetime, ended: dt.datetime) -> None:
        rows = Job.objects.filter(pk=job.pk)
        rows.update(state=JobState.SUCCEEDED, started_at=began, ended_at=ended)

    def errors(self) -> list[float]:
        """Announce the ends of a queue, play it, and return how far off each was."""
        now = timezone.now()
        asked = [self.ask() for _ in range(LENGTH)]
        running = self.chance.choice(asked)
        took = self.duration(running.artifact_id or 0)
        began = now - self.chance.random() * took
        Job.objects.filter(pk=running.pk).update(state=JobState.RUNNING, started_at=began)
        announced = outlook(Job.objects.filter(pk__in=[job.pk for job in asked]))
        clock = began + took
        self.end(running, began, clock)
        found = [_error(announced[running.pk].eta, clock - now)]
        queue = Job.objects.filter(state=JobState.QUEUED)
        while heads := heads_in_turn(queue, JobKind.BENCHMARK):
            job = Job.objects.get(pk=heads[0])
            began, clock = clock, clock + self.duration(job.artifact_id or 0)
            self.end(job, began, clock)
            found.append(_error(announced[job.pk].eta, clock - now))
        # Played in the future: to the next queue nothing of it has happened.
        Job.objects.filter(pk__in=[job.pk for job in asked]).delete()
        return found


def _error(announced: int | None, real: dt.timedelta) -> float:
    assert announced is not None
    return abs(announced - real.total_seconds()) / real.total_seconds()


if __name__ == "__main__":
    play = Play()
    play.remember()
    errors = [error for _ in range(QUEUES) for error in play.errors()]
    sys.stdout.write("\n".join(map(str, errors)) + "\n")
