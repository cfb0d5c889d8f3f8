"""How the server is: what runs, what waits, what is full. Counted when asked, kept nowhere."""

import datetime as dt
import platform
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Sum
from django.utils import timezone

from jobs.models import Device, Job
from jobs.services.janitor import DUTY as JANITOR
from jobs.types import OPEN, JobState, RunnerState
from portal.accounts.models import User
from portal.core.models import JanitorTick, OutboxMessage
from portal.operation.backups import DUTY as BACKUP
from repository.models import AiModel, ArtifactFile, Blob, ModelFile
from repository.search.backend import search_index
from repository.search.types import Health

MOST_MODELS = 20


@dataclass(frozen=True)
class Queue:
    """Jobs of one kind in one open state, and for how many seconds the oldest has been there."""

    kind: str
    state: str
    jobs: int
    oldest_s: float


@dataclass(frozen=True)
class SystemState:
    """Figures of the whole server. A time is None where the thing never happened."""

    queues: list[Queue]
    outbox_waiting: int
    outbox_oldest_s: float
    outbox_failing: int
    janitor_age_s: float | None
    janitor_left_out: int
    last_backup_at: dt.datetime | None
    models: int
    people: int
    devices: int
    devices_online: int
    blobs: int
    blob_bytes: int
    damaged_blobs: int
    disk_free_bytes: int
    disk_total_bytes: int


@dataclass(frozen=True)
class Parts:
    """What the server is made of, with versions."""

    ondol: str
    python: str
    database: str
    search: str
    search_health: Health
    blobs: str


def system_state() -> SystemState:
    now = timezone.now()
    outbox = OutboxMessage.objects.aggregate(waiting=Count("id"), oldest=Min("created_at"))
    rounds = {row.duty: row for row in JanitorTick.objects.all()}
    ticks = {duty: row.ticked_at for duty, row in rounds.items()}
    blobs = Blob.objects.aggregate(count=Count("sha256"), size=Sum("size_bytes"))
    disk = shutil.disk_usage(settings.ENV.home)
    seen = now - dt.timedelta(seconds=settings.ENV.online_within_s)
    devices = Device.objects.filter(runner__state=RunnerState.CONNECTED)
    return SystemState(
        queues=_queues(now),
        outbox_waiting=outbox["waiting"],
        outbox_oldest_s=_seconds(now, outbox["oldest"]) or 0.0,
        outbox_failing=OutboxMessage.objects.filter(failures__gt=0).count(),
        janitor_age_s=_seconds(now, ticks.get(JANITOR)),
        janitor_left_out=rounds[JANITOR].left_out if JANITOR in rounds else 0,
        last_backup_at=ticks.get(BACKUP),
        models=AiModel.objects.count(),
        people=User.objects.filter(is_active=True).count(),
        devices=devices.count(),
        devices_online=devices.filter(last_seen_at__gt=seen).count(),
        blobs=blobs["count"],
        blob_bytes=blobs["size"] or 0,
        damaged_blobs=Blob.objects.filter(damaged_at__isnull=False).count(),
        disk_free_bytes=disk.free,
        disk_total_bytes=disk.total,
    )


def system_parts() -> Parts:
    env = settings.ENV
    return Parts(
        ondol=version("ondol"),
        python=platform.python_version(),
        database=_database(),
        search=search_index().called(),
        search_health=search_index().health(),
        blobs=f"s3://{env.s3_bucket}" if env.s3_bucket else "folder",
    )


def largest_models() -> list[tuple[str, int]]:
    """Return the models that hold the most bytes; bytes that two share count for each."""
    held: Counter[int] = Counter()
    files = ModelFile.objects.values_list("revision__ai_model", "blob", "blob__size_bytes")
    made = ArtifactFile.objects.values_list(
        "artifact__revision__ai_model", "blob", "blob__size_bytes"
    )
    for model_id, _, size in files.union(made).iterator():
        held[model_id] += size
    top = held.most_common(MOST_MODELS)
    rows = AiModel.objects.select_related("namespace").in_bulk([model_id for model_id, _ in top])
    return [(str(rows[model_id]), size) for model_id, size in top if model_id in rows]


def _queues(now: dt.datetime) -> list[Queue]:
    rows = (
        Job.objects.filter(state__in=OPEN)
        .values("kind", "state")
        .annotate(jobs=Count("id"), oldest=Min("created_at"))
        .order_by("kind", "state")
    )
    return [
        Queue(row["kind"], JobState(row["state"]), row["jobs"], _seconds(now, row["oldest"]) or 0.0)
        for row in rows
    ]


def _seconds(now: dt.datetime, then: dt.datetime | None) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())


def _database() -> str:
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"
