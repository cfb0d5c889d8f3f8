"""Giving jobs to runners: a conditional UPDATE decides who gets what."""

from collections.abc import Mapping
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import Q
from ondol_runner.protocol import BenchmarkSpec, ClaimRequest, Grant, decode

from jobs.models import Attempt, Device, Job, Runner
from jobs.selectors.devices import jobs_open_to
from jobs.selectors.turns import heads_in_turn
from jobs.services.attempts import Holder, open_attempt, renew_token
from jobs.services.runners import check_session, seen
from jobs.types import OPEN_ATTEMPT, AttemptState, JobKind, JobState

MOST_TRIES = 20


def claim(runner: Runner, request: ClaimRequest) -> Grant | None:
    """Return a job for one of the runner's free devices, or nothing.

    An offer that was never accepted comes again, with a new secret: its answer may have been lost.
    """
    check_session(runner, request.session_id)
    seen(runner)
    free = Device.objects.filter(runner=runner, name__in=request.free[:64], paused=False)
    free = free.select_related("runner", "reserved_by")
    devices = {device.pk: device for device in free}
    offered = (
        Attempt.objects.filter(device__in=devices, state=AttemptState.OFFERED)
        .select_related("job", "device")
        .order_by("created_at", "id")
        .first()
    )
    if offered is not None:
        return _grant(offered, renew_token(offered))
    # Else the queue of a device that works would hide the jobs of one that is free.
    busy = Attempt.objects.filter(device__in=devices, state__in=OPEN_ATTEMPT)
    idle = devices.keys() - set(busy.values_list("device_id", flat=True))
    if not idle:
        return None
    fits = {pk: jobs_open_to(devices[pk]) for pk in sorted(idle)}
    queue = Job.objects.filter(
        reduce(or_, fits.values()), state=JobState.QUEUED, kind=JobKind.BENCHMARK
    )
    for head in heads_in_turn(queue, JobKind.BENCHMARK)[:MOST_TRIES]:
        job = queue.filter(pk=head).first()
        pk = _taker(job, fits) if job is not None else None
        if job is None or pk is None:
            continue
        device = devices[pk]
        lease = settings.ENV.accept_within_s
        granted = open_attempt(job, Holder(runner=runner, device=device), lease_s=lease)
        if granted is not None:
            return _grant(*granted)
    return None


def _taker(job: Job, fits: Mapping[str, Q]) -> str | None:
    """Return which of some devices takes a job: its own, or the first that suits."""
    if job.device_id is not None:
        return job.device_id
    same = Job.objects.filter(pk=job.pk)
    return next((pk for pk, fit in fits.items() if same.filter(fit).exists()), None)


def _grant(attempt: Attempt, secret: str) -> Grant:
    env = settings.ENV
    return Grant(
        attempt_id=attempt.pk,
        epoch=attempt.epoch,
        token=secret,
        job_id=attempt.job_id,
        device=attempt.device.name if attempt.device else "",
        accept_within_s=env.accept_within_s,
        lease_s=env.lease_s,
        kind=attempt.job.kind,
        spec=decode(BenchmarkSpec, attempt.job.spec),
    )
