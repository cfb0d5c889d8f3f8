"""A model with all that was measured of it: out of this site as one archive, and into it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, transaction
from ondol_runner.protocol import ProtocolError

from jobs.models import Benchmark, Evidence, Job
from jobs.services.benchmarks import check_result, keep_benchmark, seal_of, summarize_result
from jobs.types import JobKind, JobState
from portal.accounts.models import User
from portal.accounts.services.audit import record
from repository.models import AiModel, Artifact
from repository.services.archives.document import Document, Record
from repository.services.archives.export import describe
from repository.services.archives.package import BLOBS, DOCUMENT, WrongArchive, opened
from repository.services.archives.restore import Restored, Target, bring_bytes, restore
from repository.services.archives.zips import zipped

MOST_THREADS = 4096
NAME_LETTERS = 80
ELSEWHERE = " (imported)"


def describe_whole(ai_model: AiModel) -> Document:
    """Return the document of a model with the evidence of its benchmarks."""
    rows = Benchmark.objects.filter(artifact__revision__ai_model=ai_model)
    found = [_record(row) for row in rows.select_related("evidence", "job").order_by("id")]
    return describe(ai_model).model_copy(update={"benchmarks": found})


def pack(document: Document) -> Iterator[bytes]:
    """Yield the archive of a document."""
    files = [(f"{BLOBS}{sha256}", sha256) for sha256 in document.blobs]
    return zipped((DOCUMENT, document.model_dump_json(indent=1).encode()), files)


def export_model(ai_model: AiModel, target: Path) -> Document:
    """Write the archive of a model to a file."""
    document = describe_whole(ai_model)
    with target.open("wb") as out:
        out.writelines(pack(document))
    return document


def import_archive(user: User, path: Path, target: Target) -> Restored:
    """Make a model of an archive: every digest checked, every benchmark counted anew.

    Refuses an archive that was cut, changed or made to hurt; no model is there then.
    """
    with opened(path) as package:
        blobs = bring_bytes(user, package, target)
        try:
            with transaction.atomic():
                made = restore(user, package.document, blobs, target)
                for row in package.document.benchmarks:
                    _measured(user, made, row)
                record(user, "model.import", str(made.ai_model), source=package.document.source)
        except (IntegrityError, DataError) as error:
            raise WrongArchive("The archive holds rows that contradict each other.") from error
    return made


def _record(benchmark: Benchmark) -> Record:
    return Record(
        artifact=benchmark.artifact_id or 0,
        engine=benchmark.engine,
        title=benchmark.job.title,
        created_at=benchmark.created_at,
        sha256=benchmark.evidence.sha256,
        document=benchmark.evidence.document,
    )


def _measured(user: User, made: Restored, row: Record) -> None:
    """Keep a benchmark that was run elsewhere; what its samples amount to is counted here."""
    if seal_of(row.document) != row.sha256:
        raise WrongArchive(f"The evidence of '{row.title}' was changed: its digest is another.")
    artifact = made.artifacts.get(row.artifact)
    if artifact is None:
        return
    spec, threads = _spec(row)
    try:
        result = check_result(row.document.get("result"))
    except ProtocolError as error:
        raise WrongArchive(f"The evidence of '{row.title}' cannot be used: {error}") from error
    job = _ended_job(user, artifact, row, spec)
    benchmark = keep_benchmark(job, result, summarize_result(result, threads))
    Benchmark.objects.filter(pk=benchmark.pk).update(created_at=row.created_at)
    Evidence.objects.create(benchmark=benchmark, document=row.document, sha256=row.sha256)


def _spec(row: Record) -> tuple[dict[str, Any], int]:
    """Return the spec of a job that ran elsewhere; its device is marked as not of this site."""
    spec = row.document.get("spec")
    threads = spec.get("threads") if isinstance(spec, Mapping) else None
    name = spec.get("device_name") if isinstance(spec, Mapping) else None
    if (
        not isinstance(threads, int)
        or not 1 <= threads <= MOST_THREADS
        or not isinstance(name, str)
    ):
        raise WrongArchive(f"The evidence of '{row.title}' lacks its threads or its device.")
    shown = name.removesuffix(ELSEWHERE)[: NAME_LETTERS - len(ELSEWHERE)] + ELSEWHERE
    return {**row.document["spec"], "device_name": shown}, threads


def _ended_job(user: User, artifact: Artifact, row: Record, spec: dict[str, Any]) -> Job:
    at = row.created_at
    return Job.objects.create(
        kind=JobKind.BENCHMARK,
        state=JobState.SUCCEEDED,
        spec=spec,
        ai_model=artifact.revision.ai_model,
        artifact=artifact,
        engine=row.engine,
        title=row.title,
        created_by=user,
        fraction=1.0,
        created_at=at,
        started_at=at,
        ended_at=at,
        expires_at=at + dt.timedelta(days=1),
    )
