"""What quantization cost each operator of a model, measured when a conversion is checked."""

import json
from dataclasses import dataclass
from pathlib import Path

from ondol_runner.protocol import Usage, encode

from jobs.models import AttemptFile, Job
from jobs.services.attempt_files import keep_file
from jobs.services.checks import Terms
from jobs.services.keeper import Keeper, Stopped
from jobs.services.operators import MOST_TABLES, number_in, rows_of
from jobs.types import JobKind, JobState
from portal.core.sandbox.run import Completed, Limits, python_argv, run
from repository.blobs.store import blob_store
from repository.models import Artifact, Revision

TABLE = "errors.csv"
COLUMNS = ("name", "operator", "tensor", "decibels", "weight_decibels")
COUNTS = ("samples", "measured", "operators")
LIMITS = Limits(wall_s=300)
MOST_TENSORS = (400, 100, 25)
"""How many are held at a time; fewer where these are too many for the memory."""


@dataclass(frozen=True)
class OperatorError:
    """An operator of the float model; the ratios are None where nothing of it was quantized."""

    name: str
    operator: str
    tensor: str
    decibels: float | None
    weight_decibels: float | None


@dataclass(frozen=True)
class OperatorErrors:
    """`told` of so many `operators` that have a partner, over so many samples."""

    artifact: Artifact
    job: Job
    samples: int
    measured: int
    of: int
    operators: list[OperatorError]


@dataclass(frozen=True)
class Compared:
    """The folders of the float model and of what was made of it, and how both are fed."""

    floating: Path
    quantized: Path
    usage: Usage
    samples: Path


def keep_errors(keeper: Keeper, compared: Compared, terms: Terms) -> dict[str, int] | None:
    """Measure in the sandbox, keep the table with the attempt, and return how much it tells of.

    A conversion is whole without it: what cannot be measured is a line of the log, and None.
    """
    folder = compared.quantized.parent.parent / "errors"
    folder.mkdir()
    table = folder / TABLE
    for most in MOST_TENSORS:
        done, lines = _ask(folder, compared, terms, most)
        counts = _counts(lines)
        # The child has read hostile bytes: what it leaves may be a link to anywhere.
        if counts and table.is_file() and not table.is_symlink():
            keep_file(keeper.attempt, TABLE, table)
            keeper.log("errors: {measured} of {operators} operators measured".format(**counts))
            return counts
        words = done.stderr_tail.strip().rpartition("\n")[2]
        keeper.log(f"errors: not measured with {most} tensors: {done.killed_by_limit or words}")
        if done.killed_by_limit != "memory":
            break
    return None


def _ask(folder: Path, compared: Compared, terms: Terms, most: int) -> tuple[Completed, list[str]]:
    asked = folder / "request.json"
    asked.write_text(
        json.dumps(
            {
                "floating": str(compared.floating),
                "quantized": str(compared.quantized),
                "usage": encode(compared.usage),
                "samples": str(compared.samples),
                "table": str(folder / TABLE),
                "most_tensors": most,
                "threads": terms.threads,
            }
        )
    )
    lines: list[str] = []
    done = run(
        python_argv("jobs.converters.quantization_error", str(asked)),
        readable=[compared.floating, compared.quantized, compared.samples],
        writable=[folder],
        limits=LIMITS,
        on_line=lines.append,
        cancelled=terms.cancelled,
        worst=terms.worst,
    )
    if done.cancelled:
        raise Stopped
    return done, lines


def _counts(lines: list[str]) -> dict[str, int] | None:
    """Return what the child says that it measured, if it came so far."""
    for line in lines:
        try:
            said = json.loads(line)
            if said["kind"] == "done":
                return {name: int(said[name]) for name in COUNTS}
        except (ValueError, KeyError, TypeError):
            continue
    return None


def list_errors(revision: Revision) -> list[OperatorErrors]:
    """Return what is known of a revision's device files, the newest first, one table for each."""
    own = {artifact.pk: artifact for artifact in revision.artifacts.select_related("source")}
    by_content = {artifact.content_sha256: artifact for artifact in own.values()}
    twins = Artifact.objects.filter(
        revision__ai_model=revision.ai_model_id, content_sha256__in=set(by_content) - {""}
    )
    own |= {pk: by_content[digest] for pk, digest in twins.values_list("pk", "content_sha256")}
    jobs = Job.objects.filter(
        kind=JobKind.CONVERT, state=JobState.SUCCEEDED, result__artifact__in=list(own)
    )
    files = AttemptFile.objects.filter(name=TABLE, blob__isnull=False, attempt__job__in=jobs)
    found: dict[Artifact, OperatorErrors] = {}
    for file in files.select_related("attempt__job").order_by("-attempt__job_id", "-pk"):
        job = file.attempt.job
        artifact = own[job.result["artifact"]]
        if artifact not in found and len(found) < MOST_TABLES:
            counts = job.result["operators"]
            found[artifact] = OperatorErrors(
                artifact,
                job,
                counts["samples"],
                counts["measured"],
                counts["operators"],
                _read(blob_store().path(file.sha256)),
            )
    return list(found.values())


def _read(path: Path) -> list[OperatorError]:
    rows = [
        OperatorError(
            row["name"],
            row["operator"],
            row["tensor"],
            number_in(row["decibels"]),
            number_in(row["weight_decibels"]),
        )
        for row in rows_of(path, COLUMNS)
    ]
    # The first row names the columns.
    return [row for row in rows if (row.decibels, row.weight_decibels) != (None, None)]
