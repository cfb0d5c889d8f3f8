"""What may help a failed job: repeats of it with one thing changed, best first.

No attempt keeps what its steps made (see `work_folders`), so a repeat begins at the first step.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jobs.matching import engines_of
from jobs.models import Device, Job
from jobs.selectors.devices import list_devices, may_run_on
from jobs.selectors.jobs import visible_jobs
from jobs.services.benchmark_requests import MEASURED_WITH
from jobs.services.conversions import list_targets
from jobs.types import FailureReason, FixKind, JobKind, JobState
from portal.accounts.models import User
from repository.models import Artifact, EvaluationSet
from repository.types import ENGINES_OF, ArtifactOrigin

MOST_FIXES = 4
MOST_REPEATS = 2000
CAME_TO_AN_END = (JobState.SUCCEEDED, JobState.FAILED, JobState.QUARANTINED, JobState.EXPIRED)
"""What tells of a fix; a job that somebody cancelled tells nothing."""

AGAIN, ENGINE, DEVICE = FixKind.AGAIN, FixKind.ENGINE, FixKind.DEVICE
TARGET, ARTIFACT = FixKind.TARGET, FixKind.ARTIFACT
HELPS: dict[str, tuple[FixKind, ...]] = {
    FailureReason.ENGINE_MISSING: (ENGINE, DEVICE),
    FailureReason.LOAD_FAILED: (ENGINE, TARGET),
    FailureReason.RUN_FAILED: (ENGINE, DEVICE, TARGET),
    FailureReason.DOWNLOAD_FAILED: (AGAIN, DEVICE),
    FailureReason.DIGEST_MISMATCH: (AGAIN, DEVICE),
    FailureReason.OUT_OF_MEMORY: (ARTIFACT, DEVICE, TARGET),
    FailureReason.OUT_OF_DISK: (DEVICE, AGAIN),
    FailureReason.TIMEOUT: (AGAIN, ARTIFACT, DEVICE, TARGET),
    FailureReason.CRASHED: (ENGINE, TARGET, DEVICE, AGAIN),
    FailureReason.UNSUPPORTED_OPERATOR: (TARGET, ENGINE),
    FailureReason.CALIBRATION_MISSING: (TARGET,),
    FailureReason.TOOL_FAILED: (TARGET,),
    FailureReason.NO_DEVICE: (DEVICE, ENGINE),
    FailureReason.WORKER_LOST: (AGAIN, DEVICE),
    FailureReason.BAD_RESULT: (AGAIN, DEVICE),
    FailureReason.UNKNOWN: (AGAIN, ENGINE, TARGET, DEVICE),
}
"""What may help against each cause while nothing is known; against the rest only other files."""


@dataclass(frozen=True)
class Fix:
    """A change of settings, and of the repeats with it how many ended and how many succeeded."""

    kind: FixKind
    key: str = ""
    change: dict[str, Any] = field(default_factory=dict)
    worked: int = 0
    tried: int = 0


Outcomes = dict[tuple[FixKind, str], tuple[int, int]]


def list_fixes(user: User, job: Job) -> tuple[list[Fix], int]:
    """Return what may help, best first, and how many repeats after this cause were counted."""
    if not job.failure_reason:
        return [], 0
    known = outcomes_after(user, job)
    counted = sum(tried for _, tried in known.values())
    order = HELPS.get(job.failure_reason, ())
    found = []
    for fix in _candidates(user, job, job.artifact) if job.artifact else ():
        if fix.kind in order:
            worked, tried = known.get((fix.kind, fix.key), (0, 0))
            found.append(Fix(fix.kind, fix.key, fix.change, worked, tried))
    # By the rule of succession, what nobody tried stands between what mostly worked and what did
    # not; among equals the order above holds.
    found.sort(key=lambda fix: (-(fix.worked + 1) / (fix.tried + 2), order.index(fix.kind)))
    return found[:MOST_FIXES], counted


def outcomes_after(user: User, job: Job) -> Outcomes:
    """Count what repeats of jobs with the same cause came to, by what they changed."""
    repeats = visible_jobs(user).filter(
        kind=job.kind,
        retry_of__kind=job.kind,
        retry_of__failure_reason=job.failure_reason,
        state__in=CAME_TO_AN_END,
    )
    tried: Counter[tuple[FixKind, str]] = Counter()
    worked: Counter[tuple[FixKind, str]] = Counter()
    for repeat in repeats.order_by("-id")[:MOST_REPEATS]:
        change = change_between(repeat.retry_of, repeat) if repeat.retry_of else None
        if change is not None:
            tried[change] += 1
            worked[change] += repeat.state == JobState.SUCCEEDED
    return {change: (worked[change], count) for change, count in tried.items()}


def change_between(job: Job, repeat: Job) -> tuple[FixKind, str] | None:
    """Return the one thing that a repeat had otherwise, or None where it was another."""
    changes = []
    if job.kind == JobKind.CONVERT and job.spec["target"] != repeat.spec["target"]:
        changes.append((TARGET, _form(repeat.spec["target"])))
    if job.kind == JobKind.BENCHMARK:
        if job.artifact_id != repeat.artifact_id:
            changes.append((ARTIFACT, _form(repeat.spec["artifact"])))
        elif not (job.any_device or repeat.any_device) and job.device_id != repeat.device_id:
            changes.append((DEVICE, repeat.device_id or ""))
        elif job.engine != repeat.engine:
            changes.append((ENGINE, repeat.engine))
    others = ("evaluation_set", "threads")
    if any(job.spec.get(name) != repeat.spec.get(name) for name in others):
        return None
    return changes[0] if changes else (AGAIN, "")


def _form(told: dict[str, Any]) -> str:
    return f"{told['format']} {told['precision']}"


def _candidates(user: User, job: Job, artifact: Artifact) -> Iterator[Fix]:
    yield Fix(AGAIN)
    if job.kind == JobKind.CONVERT:
        yield from _targets(job, artifact)
        return
    suited = [name for name in ENGINES_OF.get(artifact.format, ()) if name in MEASURED_WITH]
    if job.device is None or job.any_device:
        return
    present = engines_of(job.device.passport)
    yield from (
        Fix(ENGINE, name, {"engine": name})
        for name in suited
        if name in present and name != job.engine
    )
    yield from _smaller(artifact, present)
    for device in list_devices():
        if device.pk != job.device_id and _could_run(user, device, suited):
            yield Fix(DEVICE, device.pk, {"device": device.pk})


def _could_run(user: User, device: Device, suited: list[str]) -> bool:
    return may_run_on(user, device) and any(name in engines_of(device.passport) for name in suited)


def _targets(job: Job, artifact: Artifact) -> Iterator[Fix]:
    chosen = EvaluationSet.objects.filter(pk=job.spec.get("evaluation_set")).first()
    calibrates = bool(chosen and chosen.calibration_blob_id)
    for target in list_targets(artifact):
        told = {"format": target.format, "precision": target.precision}
        if told != job.spec["target"] and (calibrates or not target.needs_calibration):
            yield Fix(TARGET, _form(told), {"target": told})


def _smaller(artifact: Artifact, present: dict[str, str]) -> Iterator[Fix]:
    """Name the smaller forms of the same revision that the device has an engine for."""
    forms = artifact.revision.artifacts.exclude(origin=ArtifactOrigin.PUBLISHED)
    for form in forms.filter(size_bytes__lt=artifact.size_bytes or 0).order_by("size_bytes", "id"):
        engine = next((name for name in ENGINES_OF.get(form.format, ()) if name in present), None)
        if engine in MEASURED_WITH:
            key = f"{form.format} {form.precision}"
            yield Fix(ARTIFACT, key, {"artifact": form.pk, "engine": engine})
