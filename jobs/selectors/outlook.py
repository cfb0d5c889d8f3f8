"""What a waiting or running job can expect: its place in the queue, and seconds until its end."""

import datetime as dt
import heapq
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from jobs.matching import engines_of
from jobs.models import Device, Job
from jobs.selectors.devices import devices_for, is_online, list_devices
from jobs.selectors.turns import in_turn
from jobs.types import AT_WORK, JobKind, JobState, RunnerState
from repository.models import Artifact

MOST_ROWS = 5000
HISTORY = 200
Like = tuple[str, str, str | None, int]


@dataclass(frozen=True)
class Prospect:
    """A place in the queue, from 1, and seconds until the end; none where it is not known."""

    queue_position: int | None = None
    eta: int | None = None


@dataclass(frozen=True)
class Durations:
    """Median seconds of jobs that ended well, from the most alike to the merely related."""

    medians: dict[tuple[object, ...], float]

    def expect(self, like: Like) -> float | None:
        kind, engine, device, size = like
        for key in ((kind, engine, device, size), (kind, engine, device), (kind, engine, "", size)):
            if key in self.medians:
                return self.medians[key]
        return self.medians.get((kind, engine))


@dataclass(frozen=True)
class Queue:
    """Jobs that take turns: those of one device, or all conversions."""

    kind: JobKind
    device: Device | None = None
    rows: list[Job] = field(default_factory=list)

    def prospects(self, durations: Durations, sizes: dict[int, int]) -> dict[int, Prospect]:
        """Play the queue forward: each job begins when the one whose turn comes before lets go."""
        now = timezone.now()
        by_id = {job.pk: job for job in self.rows}
        expected = {pk: durations.expect(_like(job, sizes)) for pk, job in by_id.items()}
        found: dict[int, Prospect] = {}
        ends: list[float] = []
        for pk, job in by_id.items():
            if job.state in AT_WORK:
                left = _left(expected[pk], job, now)
                ends.append(left or 0.0)
                found[pk] = Prospect(eta=None if left is None else round(left))
        slots = settings.ENV.conversion_slots if self.kind == JobKind.CONVERT else 1
        ends += [0.0] * (slots - len(ends))
        heapq.heapify(ends)
        waiting = [job for job in self.rows if job.state == JobState.QUEUED and _fits(job)]
        at_work = [job.created_by_id for job in self.rows if job.state in AT_WORK]
        rows = [(job.pk, job.created_by_id, job.priority) for job in waiting]
        held_s = {job.pk: self._held_s(job, now) for job in waiting}
        # Whom a reservation holds back is passed by; the sort leaves all else in turn.
        order = sorted(in_turn(rows, self.kind, at_work), key=lambda pk: held_s[pk] > 0)
        for place, pk in enumerate(order, start=1):
            own = expected[pk]
            end = max(heapq.heappop(ends), held_s[pk]) + (own or 0.0)
            heapq.heappush(ends, end)
            known = own is not None and not self._stands_still()
            found[pk] = Prospect(place, round(end) if known else None)
        return found

    def _held_s(self, job: Job, now: dt.datetime) -> float:
        """Return for how long a reservation of somebody else holds a job back."""
        device = self.device
        if device is None or device.reserved_until is None:
            return 0.0
        if device.reserved_by_id == job.created_by_id:
            return 0.0
        return max(0.0, (device.reserved_until - now).total_seconds())

    def _stands_still(self) -> bool:
        """Say whether nothing begins here until somebody does something."""
        return self.device is not None and (self.device.paused or not is_online(self.device))


def outlook(jobs: Iterable[Job]) -> dict[int, Prospect]:
    """Return what each of the jobs that are still open can expect."""
    opened = [job for job in jobs if job.state == JobState.QUEUED or job.state in AT_WORK]
    if not opened:
        return {}
    queues: dict[object, Queue] = {}
    anywhere: list[Job] = []
    for row in _neighbours(opened)[:MOST_ROWS]:
        key = row.device_id if row.kind == JobKind.BENCHMARK else row.kind
        if key is None:
            anywhere += [row] if row.any_device else []
            continue
        queues.setdefault(key, Queue(JobKind(row.kind), row.device)).rows.append(row)
    attached = list(list_devices()) if anywhere else []
    for row in anywhere:
        _stand(row, queues, attached)
    everyone = [row for queue in queues.values() for row in queue.rows]
    sizes = _sizes({row.artifact_id for row in everyone if row.artifact_id})
    durations = _durations({(row.kind, row.engine) for row in everyone})
    found: dict[int, Prospect] = {}
    for queue in queues.values():
        found |= queue.prospects(durations, sizes)
    return found


def _neighbours(jobs: list[Job]) -> QuerySet[Job]:
    """Return the open jobs of the queues in which the given ones stand."""
    wanted = {job.device_id for job in jobs if job.device_id}
    same = Q(kind=JobKind.BENCHMARK, any_device=True, device=None)
    if any(job.any_device and job.device_id is None for job in jobs):
        same |= Q(kind=JobKind.BENCHMARK)
    same |= Q(kind=JobKind.BENCHMARK, device__in=wanted)
    if any(job.kind == JobKind.CONVERT for job in jobs):
        same |= Q(kind=JobKind.CONVERT)
    rows = Job.objects.filter(same, state__in=[JobState.QUEUED, *AT_WORK])
    return rows.select_related("device__runner").defer("spec", "result").order_by("-priority", "id")


def _stand(row: Job, queues: dict[object, Queue], attached: list[Device]) -> None:
    """Put a job for any device where the fewest stand before it, of those that could take it."""
    suited = devices_for(row, attached)
    able = [device for device in suited if is_online(device) and not device.paused]
    if able:
        new = JobKind.BENCHMARK
        standing = [queues.setdefault(device.pk, Queue(new, device)) for device in able]
        min(standing, key=lambda queue: len(queue.rows)).rows.append(row)


def _fits(job: Job) -> bool:
    device = job.device
    if device is None:
        return True
    attached = device.runner.state == RunnerState.CONNECTED
    return attached and job.engine in engines_of(device.passport)


def _left(expected: float | None, job: Job, now: dt.datetime) -> float | None:
    if expected is None or job.started_at is None:
        return expected
    return max(0.0, expected - (now - job.started_at).total_seconds())


def _like(job: Job, sizes: dict[int, int]) -> Like:
    return job.kind, job.engine, job.device_id, sizes.get(job.artifact_id or 0, 0)


def _sizes(artifacts: set[int]) -> dict[int, int]:
    """Return the size class of each artifact: one step is four times as many bytes."""
    rows = Artifact.objects.filter(pk__in=artifacts)
    sizes = rows.order_by().values_list("pk", Sum("files__blob__size_bytes"))
    return {pk: (size or 0).bit_length() // 2 for pk, size in sizes}


def _durations(wanted: set[tuple[str, str]]) -> Durations:
    samples: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for kind, engine in wanted:
        past = Job.objects.filter(state=JobState.SUCCEEDED, kind=kind, engine=engine)
        past = past.filter(started_at__isnull=False)
        rows = list(
            past.order_by("-pk").values_list("device", "artifact", "started_at", "ended_at")[
                :HISTORY
            ]
        )
        sizes = _sizes({artifact for _, artifact, _, _ in rows if artifact})
        for device, artifact, began, ended in rows:
            if began is None or ended is None:
                continue
            size = sizes.get(artifact or 0, 0)
            seconds = (ended - began).total_seconds()
            keys = (kind, engine, device, size), (kind, engine, device), (kind, engine, "", size)
            for key in (*keys, (kind, engine)):
                samples[key].append(seconds)
    return Durations({key: statistics.median(values) for key, values in samples.items()})
