"""What jobs are about: published models with real bytes, test data, enrolled runners, devices."""

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from ondol_runner.protocol import (
    ClaimRequest,
    DeviceReport,
    EngineInfo,
    EnrollRequest,
    InputSpec,
    Passport,
    SessionRequest,
    Usage,
    encode,
)

from jobs.models import Attempt, Device, Job, Runner
from jobs.services.attempts import Holder, open_attempt, start
from jobs.services.benchmark_requests import request_benchmark
from jobs.services.runners import enroll, invite_runner, open_session
from portal.accounts.models import User
from repository.models import Artifact, Blob, Inspection, ServiceType, UploadSession
from repository.services.ai_models import register_model
from repository.services.blobs import adopt_file, inspect_blob
from repository.services.commits import Change, commit
from repository.services.uploads import blob_of
from repository.types import FileStatus, UploadState, Visibility

USAGE = Usage(inputs=[InputSpec(name="pixels", shape=[-1, 3, 2, 2])])
ENGINES = {"onnxruntime": "1.31.0"}
FORMATS = {".onnx": "onnx", ".safetensors": "safetensors"}


def stored(content: bytes) -> Blob:
    with tempfile.NamedTemporaryFile(dir=settings.ENV.home, delete=False) as file:
        file.write(content)
    return adopt_file(Path(file.name))


def uploaded(user: User, path: str, content: bytes, *, read: bool = False) -> UploadSession:
    """Return a finished upload; `read` has its bytes looked at by the sandboxed reader."""
    blob = stored(content)
    suffix = Path(path).suffix
    if read:
        inspection = inspect_blob(blob, path, worst=settings.ENV.sandbox_worst)
        assert inspection.status == FileStatus.ACCEPTED, inspection.message
    else:
        inspection, _ = Inspection.objects.get_or_create(
            blob=blob,
            extension=suffix,
            defaults={"status": FileStatus.ACCEPTED, "format": FORMATS.get(suffix, "text")},
        )
    return UploadSession.objects.create(
        owner=user,
        filename=path,
        size_bytes=blob.size_bytes,
        state=UploadState.ACCEPTED,
        blob=blob,
        inspection=inspection,
        expires_at=timezone.now() + dt.timedelta(hours=1),
    )


def publish(
    user: User,
    name: str = "tiny",
    files: Mapping[str, bytes] | None = None,
    *,
    usage: Usage | None = USAGE,
    visibility: Visibility = Visibility.PUBLIC,
    read: bool = False,
) -> Artifact:
    """Register a model of one commit and return the artifact found in its files."""
    ServiceType.objects.get_or_create(
        slug="vision", defaults={"name_ko": "비전", "name_en": "Vision"}
    )
    made = register_model(
        user,
        owner=user.username,
        name=name,
        changes={"service_type": "vision", "visibility": visibility},
    )
    given = files or {"model.onnx": f"the bytes of {name}".encode()}
    new = {
        path: blob_of(uploaded(user, path, content, read=read), path)
        for path, content in given.items()
    }
    change = Change("first", new, usage=encode(usage) if usage else None)
    return commit(user, made, change).artifacts.get()


@dataclass(frozen=True)
class Board:
    """An enrolled runner with one device, in a session."""

    runner: Runner
    secret: str
    device: Device
    session: str


def passport(**engines: str) -> Passport:
    rows = [EngineInfo(name, version) for name, version in (engines or ENGINES).items()]
    return Passport(cpu="Some CPU", architecture="x86_64", cores=4, engines=rows)


def session_of(*names: str, boot_id: str = "boot-1", **engines: str) -> SessionRequest:
    reports = [DeviceReport(name, passport(**engines)) for name in names]
    return SessionRequest(boot_id=boot_id, runner_version="0.1.0", devices=reports)


def connect(user: User, name: str = "board", **engines: str) -> Board:
    _, code = invite_runner(user, name)
    runner, secret = enroll(EnrollRequest(code, name, "0.1.0"))
    session, _, _ = open_session(runner, session_of(name, **engines))
    return Board(runner, secret, Device.objects.get(runner=runner, name=name), session)


def benchmark_job(user: User, board: Board, artifact: Artifact | None = None) -> Job:
    return request_benchmark(user, artifact or publish(user), board.device)


def granted(job: Job, board: Board, *, started: bool = False) -> tuple[Attempt, str]:
    """Give a queued job to a board, and have it begin where that is asked."""
    attempt, secret = open_attempt(
        job, Holder(runner=board.runner, device=board.device), lease_s=60
    ) or (None, "")
    assert attempt is not None
    if started:
        start(attempt)
    return attempt, secret


def result(launches: list[list[float]], *, cpu_share: float = 1.0) -> dict[str, Any]:
    """Return what a runner reports of samples in milliseconds."""
    return {
        "launches": [
            {
                "load_ms": 5.0 + index,
                "import_rss_bytes": 100_000_000,
                "peak_rss_bytes": 130_000_000 + index,
                "samples_ms": samples,
                "cpu_share": cpu_share,
            }
            for index, samples in enumerate(launches)
        ],
        "conditions": {
            "engine_version": "1.31.0",
            "runner_version": "0.1.0",
            "threads": 1,
            "affinity": [0],
            "load_average": 0.1,
            "governor": None,
            "frequency_mhz": None,
            "temperature_c": None,
            "power_source": None,
            "inputs_sha256": "0" * 64,
        },
    }


def set_duration(monkeypatch: Any, **durations: float) -> None:
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update=durations))


def claim_of(session: str, *free: str) -> ClaimRequest:
    return ClaimRequest(session, list(free), wait_s=0)
