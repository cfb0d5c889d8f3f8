"""How a worker carries out conversions: claim a row, keep its lease, work in a sandboxed child."""

import dataclasses
import json
import logging
import shutil
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from ondol_runner.protocol import Usage, decode, sentence

from jobs.converters.child import step_folder
from jobs.models import Job
from jobs.selectors.turns import heads_in_turn
from jobs.services.attempts import Fenced, Holder, close, open_attempt, start
from jobs.services.checks import (
    CheckFailed,
    Comparison,
    Runnable,
    Samples,
    Terms,
    compare,
    labelled_samples,
    random_samples,
)
from jobs.services.conversion_ends import why_unfinished
from jobs.services.failures import failure
from jobs.services.keeper import Keeper, Stopped, host_lock
from jobs.services.lifecycle import WrongMove
from jobs.services.operator_errors import Compared, keep_errors
from jobs.services.work_folders import work_folder
from jobs.services.worker_names import worker_name
from jobs.types import FailureReason, JobKind, JobState
from portal.core.sandbox.run import Level, Limits, python_argv, run
from repository.blobs.store import blob_store
from repository.models import Artifact, EvaluationSet
from repository.services.artifacts import Checked, add_converted
from repository.services.blobs import adopt_file
from repository.types import ArtifactFormat, Precision

logger = logging.getLogger(__name__)
QUANTIZER = "onnx_to_onnx_int8"
SHARE_OF_STEPS = 0.7
SHARE_OF_ERRORS = 0.85


@cache
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.ENV.conversion_slots)


def run_conversions() -> None:
    """Carry out queued conversions until none is left, as many at a time as there are slots.

    A message only says that there is work. With every slot taken it is ignored: who holds a slot
    looks for more work before letting go of it.
    """
    if not _slots().acquire(blocking=False):
        return
    try:
        while (job := _next_job()) is not None:
            holder = Holder(worker=worker_name())
            granted = open_attempt(job, holder, lease_s=settings.ENV.lease_s)
            if granted is None:
                continue
            attempt, _ = granted
            start(attempt)
            with Keeper(attempt) as keeper:
                _carry_out(job, keeper)
    finally:
        _slots().release()


def _next_job() -> Job | None:
    queue = Job.objects.filter(state=JobState.QUEUED, kind=JobKind.CONVERT)
    for head in heads_in_turn(queue, JobKind.CONVERT)[:1]:
        return Job.objects.get(pk=head)
    return None


def _carry_out(job: Job, keeper: Keeper) -> None:
    """Do the work and end the attempt, whatever happens; a fault is a failed job and a log."""
    try:
        with work_folder(keeper.attempt) as folder, host_lock(keeper):
            result = _convert(job, folder, keeper)
        keeper.end()
        close(keeper.attempt, JobState.SUCCEEDED, fraction=1.0, text="", result=result)
    except Stopped:
        _end(keeper, JobState.CANCELLED)
    except Fenced:
        logger.warning("%s was given to somebody else: its work is thrown away", job)
    except CheckFailed as refusal:
        _end(keeper, JobState.FAILED, failure(refusal.reason, refusal.sentences))
    except Exception:
        logger.exception("%s failed by a fault of ours", job)
        said = sentence(
            "worker_fault", "The worker failed. Its log has the details: tell your administrator."
        )
        _end(keeper, JobState.FAILED, failure(FailureReason.UNKNOWN, [said]))


def _end(keeper: Keeper, state: JobState, why: Mapping[str, Any] | None = None) -> None:
    if why:
        keeper.log(f"error: {why['failure_message']}")
    keeper.end()
    try:
        close(keeper.attempt, state, **(why or {}))
    except (Fenced, WrongMove):
        logger.warning("%s had ended before", keeper.attempt)


def _convert(job: Job, folder: Path, keeper: Keeper) -> dict[str, Any]:
    source = (
        Artifact.objects.select_related("revision__ai_model").filter(pk=job.spec["source"]).first()
    )
    if source is None:
        raise CheckFailed(
            FailureReason.LOAD_FAILED,
            sentence("source_deleted", "The source was deleted in the meantime."),
        )
    if source.files.filter(blob__damaged_at__isnull=False).exists():
        damaged = sentence(
            "source_damaged",
            "The stored bytes of a source file are damaged. "
            "Upload the same file again to heal them.",
        )
        raise CheckFailed(FailureReason.LOAD_FAILED, damaged)
    chosen = EvaluationSet.objects.filter(pk=job.spec["evaluation_set"]).first()
    inputs = folder / source.format
    lay_out(source, inputs)
    done = _run_steps(job, folder, inputs, chosen, keeper)
    result = Runnable(job.spec["target"]["format"], folder / "out" / "final")
    keeper.note("check", SHARE_OF_STEPS, "")
    terms = Terms(Level(settings.ENV.sandbox_worst), settings.ENV.conversion_threads, keeper.wish)
    usage = decode(Usage, job.spec["usage"])
    samples = _samples(chosen, usage, folder)
    comparison = compare(Runnable(source.format, inputs), result, usage, samples, terms)
    steps = job.spec["steps"]
    errors = None
    if steps[-1] == QUANTIZER:
        keeper.note("errors", SHARE_OF_ERRORS, "")
        floating = folder / "out" / step_folder(len(steps) - 1, steps[-2]) if steps[1:] else inputs
        compared = Compared(floating, result.folder, usage, samples.path)
        errors = keep_errors(keeper, compared, terms)
    keeper.note("store", 0.95, "")
    artifact = add_converted(
        source,
        format=ArtifactFormat(job.spec["target"]["format"]),
        precision=Precision(job.spec["target"]["precision"]),
        recipe=_recipe(job, source, done, comparison),
        files=_keep_files(result.folder),
        checked=_checked(chosen, comparison),
    )
    told = {"operators": errors} if errors else {}
    return {"artifact": artifact.pk, **dataclasses.asdict(comparison), **told}


def lay_out(artifact: Artifact, folder: Path) -> None:
    """Lay an artifact's files into a folder by their paths, linked where that is possible."""
    for file in artifact.files.select_related("blob"):
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        stored = blob_store().path(file.blob_id)
        try:
            target.hardlink_to(stored)
        except OSError:
            shutil.copyfile(stored, target)


def _run_steps(
    job: Job, folder: Path, inputs: Path, chosen: EvaluationSet | None, keeper: Keeper
) -> dict[str, Any]:
    outdir = folder / "out"
    outdir.mkdir()
    calibration = chosen.calibration_blob_id if chosen else None
    samples = blob_store().path(calibration) if calibration else None
    request = folder / "request.json"
    request.write_text(
        json.dumps(
            {
                "steps": job.spec["steps"],
                "inputs": str(inputs),
                "outdir": str(outdir),
                "calibration": str(samples) if samples else None,
                "usage": job.spec["usage"],
                "options": {},
                "threads": settings.ENV.conversion_threads,
            }
        )
    )
    last: dict[str, Any] = {}

    def on_line(line: str) -> None:
        last.update(_take(line, keeper))

    completed = run(
        python_argv("jobs.converters.child", str(request)),
        readable=[request, inputs, *([samples] if samples else [])],
        writable=[outdir],
        limits=Limits(wall_s=settings.ENV.conversion_limit_s),
        on_line=on_line,
        cancelled=keeper.wish,
        worst=Level(settings.ENV.sandbox_worst),
    )
    if last.get("kind") == "done":
        return last
    raise why_unfinished(completed, last)


def _take(line: str, keeper: Keeper) -> dict[str, Any]:
    """Read one line of the child: progress and log go to the keeper, the last word is returned."""
    try:
        said = json.loads(line)
    except ValueError:
        keeper.log(line)
        return {}
    if not isinstance(said, dict):
        return {}
    if said.get("kind") == "progress":
        fraction = float(said.get("fraction", 0)) * SHARE_OF_STEPS
        keeper.note(str(said.get("step", "")), fraction, str(said.get("text", "")))
    elif said.get("kind") == "log":
        keeper.log(str(said.get("text", "")))
    elif said.get("kind") in {"done", "refused"}:
        return said
    return {}


def _samples(chosen: EvaluationSet | None, usage: Usage, folder: Path) -> Samples:
    if chosen is None:
        return random_samples(usage, folder)
    return labelled_samples(blob_store().path(chosen.evaluation_blob_id), chosen.metric)


def _recipe(
    job: Job, source: Artifact, done: dict[str, Any], comparison: Comparison
) -> dict[str, Any]:
    return {
        "steps": job.spec["steps"],
        "inputs": {file.path: file.blob_id for file in source.files.order_by("path")},
        "evaluation_set": job.spec["evaluation_set"],
        "tools": done.get("tools", {}),
        "difference": {
            "samples": comparison.samples,
            "mean": comparison.mean_difference,
            "largest": comparison.largest_difference,
            "agreement": comparison.agreement,
        },
    }


def _keep_files(folder: Path) -> dict[str, Any]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): adopt_file(path) for path in paths}


def _checked(chosen: EvaluationSet | None, comparison: Comparison) -> Checked | None:
    if chosen is None or comparison.accuracy is None or comparison.source_accuracy is None:
        return None
    return Checked(chosen, comparison.accuracy, comparison.source_accuracy)
