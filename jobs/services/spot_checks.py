"""Spot checks: a share of measurements is made again by another runner's device of the same board.

A runner computes nothing that counts, but its samples have to be believed. Two runners that tell
different things of one board cannot both be right: both numbers then say that they are disputed.
"""

import random
from typing import Any

from django.conf import settings

from jobs.matching import cores_of, engines_of
from jobs.models import Benchmark, Device, Job
from jobs.selectors.devices import holder_of, is_online, list_devices, may_run_on
from jobs.services.lifecycle import Wish, submit
from jobs.services.urgency import set_urgency
from jobs.types import JobKind, Urgency, Verdict
from portal.accounts.services.audit import record
from portal.news.services.telling import notify
from portal.news.types import Happening
from repository.models import ArtifactFigure
from repository.services.ai_models import touch_model
from repository.services.carrying import twins_of

FARTHEST_APART = 1.25
"""How many times slower one board may be than another of its kind, beyond what samples spread."""
REPEATS = "repeats"
"""In the spec of a spot check: which measurement it repeats."""
DISPUTED = "disputed"


def spot_check(benchmark: Benchmark) -> None:
    """Compare a spot check with what it repeats; of other measurements have a share repeated."""
    job = benchmark.job
    if REPEATS in job.spec:
        first = Benchmark.objects.filter(pk=job.spec[REPEATS]).select_related("job").first()
        if first is not None and are_apart(first, benchmark):
            _dispute(first, benchmark)
            _dispute(benchmark, first)
    elif random.random() < settings.ENV.spot_check_share:  # noqa: S311  (nobody gains by a guess)
        _repeat(benchmark)


def are_apart(one: Benchmark, other: Benchmark) -> bool:
    """Tell whether steady samples of two equal boards differ by more than boards do."""
    if {one.verdict, other.verdict} != {Verdict.COMPARABLE}:
        return False
    fast, slow = sorted((one, other), key=lambda row: row.p50_ms)
    return slow.p50_low_ms > fast.p50_high_ms and slow.p50_ms > fast.p50_ms * FARTHEST_APART


def twin_of(job: Job) -> Device | None:
    """Return another runner's device of the same board on which this could run now.

    One of another owner comes first: who feigns numbers on one runner does so on all of theirs.
    """
    device = job.device
    if device is None:
        return None
    twins = [
        other
        for other in list_devices()
        if other.runner_id != device.runner_id
        and _board(other) == _board(device) is not None
        and is_online(other)
        and not other.paused
        and holder_of(other) is None
        and may_run_on(job.created_by, other)
        and job.engine in engines_of(other.passport)
        and job.spec["threads"] <= cores_of(other.passport)
    ]
    return min(
        twins, key=lambda other: other.runner.owner_id == device.runner.owner_id, default=None
    )


def _board(device: Device) -> tuple[Any, ...] | None:
    """Return what equal boards have in common, or nothing for one that tells too little."""
    if device.profile_id is not None:
        return (device.profile_id,)
    told = tuple(device.passport.get(key) for key in ("cpu", "architecture", "cores"))
    return told if all(told) else None


def _repeat(benchmark: Benchmark) -> None:
    job = benchmark.job
    twin = twin_of(job)
    if twin is None or job.artifact is None:
        return
    spec = {**job.spec, "device_name": twin.name, REPEATS: benchmark.pk}
    title = f"Spot check of job {job.pk} on {twin.name}"
    wish = Wish(JobKind.BENCHMARK, title, spec, job.artifact, twin, job.engine)
    # Nobody waits for it.
    set_urgency(job.created_by, submit(job.created_by, wish), Urgency.LOW)


def _dispute(benchmark: Benchmark, other: Benchmark) -> None:
    """Mark a number and its figure, write it down, and tell who asked for it."""
    job = benchmark.job
    benchmark.verdict = Verdict.NOISY
    benchmark.verdict_reasons = [*benchmark.verdict_reasons, DISPUTED]
    benchmark.save(update_fields=["verdict", "verdict_reasons"])
    job.result |= {"verdict": Verdict.NOISY, "reasons": benchmark.verdict_reasons}
    job.save(update_fields=["result"])
    if benchmark.artifact is not None:
        ArtifactFigure.objects.filter(
            artifact__in=[benchmark.artifact, *twins_of(benchmark.artifact)],
            device=benchmark.device_name,
            engine=benchmark.engine,
            p50_ms=benchmark.p50_ms,
        ).update(verdict=Verdict.NOISY)
        touch_model(benchmark.artifact.revision.ai_model)
    said = (
        f"{benchmark.device_name} took {benchmark.p50_ms:.3g} ms, {other.device_name}, which is the"
        f" same board, {other.p50_ms:.3g} ms."
    )
    record(
        None,
        "benchmark.dispute",
        str(job.ai_model or ""),
        job=job.pk,
        device=benchmark.device_name,
        other_job=other.job_id,
    )
    data = {"job": job.pk, "kind": job.kind, "state": job.state, "title": job.title}
    data |= {"model": str(job.ai_model) if job.ai_model else None}
    notify(
        job.created_by,
        Happening.JOB_ENDED,
        {**data, "reason": DISPUTED, "message": said},
    )
