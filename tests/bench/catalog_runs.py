"""What the bench `catalog` measures, on a database that is there for it alone."""

import datetime as dt
import hashlib
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.services.people import create_user
from repository.models import AiModel, Artifact, Blob, ModelFile, Ref, Revision, ServiceType
from repository.selectors.catalog import catalog_rows, page_of
from repository.services.ai_models import register_model
from repository.services.commits import Change, commit
from tests.bench.report import Ratio

FILES = 1_000
FEW, MANY = 1_000, 100_000
RUNS = 7
BATCH = 5_000


def commits() -> list[Ratio]:
    user = _person()
    made = register_model(
        user, owner="olga", name="many", changes={"service_type": "image-classification"}
    )
    digests = [hashlib.sha256(str(at).encode()).hexdigest() for at in range(FILES)]
    blobs = Blob.objects.bulk_create(Blob(sha256=sha256, size_bytes=5) for sha256 in digests)
    rounds = iter(range(10_000))

    def land(count: int) -> None:
        turn = next(rounds)
        files = {f"{turn}-{at}.txt": blob for at, blob in enumerate(blobs[:count])}
        kept = made.revisions.order_by("-id").first()
        gone = list(kept.files.values_list("path", flat=True)) if kept else []
        commit(user, made, Change(message="m", files=files, deletions=gone))

    def insert() -> None:
        revision = Revision.objects.filter(ai_model=made).latest("id")
        turn = next(rounds)
        ModelFile.objects.bulk_create(
            ModelFile(revision=revision, path=f"{turn}-{at}.txt", blob=blob)
            for at, blob in enumerate(blobs)
        )
        revision.files.filter(path__startswith=f"{turn}-").delete()

    # What a commit replaces belongs to its cost: both kinds begin from one file.
    land(1)
    one = _median(lambda: land(1))
    thousand = _median(lambda: land(FILES), between=lambda: land(1))
    raw = _median(insert)
    name = f"commit of {FILES} files"
    return [
        Ratio(name, thousand, "ms", "commit of 1 file", one, "<= 100"),
        Ratio(name, thousand, "ms", "inserts and deletes of as many rows", raw, "<= 5"),
    ]


def lists() -> list[Ratio]:
    client = Client(headers={"host": "localhost"})
    user = _person()
    client.force_login(user)

    def page(**query: Any) -> None:
        answer = client.get("/api/v1/models", query)
        if len(answer.json()["results"]) != 50:
            raise RuntimeError(answer.content[:200])

    def queries() -> None:
        page_of(catalog_rows(user), "")

    _fill(FEW)
    few = _median(page)
    _fill(MANY - FEW)
    following = client.get("/api/v1/models").json()["next"]
    of_type = {"service_type": "image-classification"}
    peer = f"of {FEW} models"
    return [
        Ratio(f"page of {MANY} models", _median(page), "ms", peer, few, "<= 1.5"),
        Ratio(
            f"second page of {MANY}",
            _median(lambda: page(cursor=following)),
            "ms",
            peer,
            few,
            "<= 2",
        ),
        Ratio(
            f"page of one service type of {MANY}",
            _median(lambda: page(**of_type)),
            "ms",
            peer,
            few,
            "<= 2",
        ),
        Ratio(
            f"page of {MANY} models",
            _median(page),
            "ms",
            "its queries alone",
            _median(queries),
            "<= 4",
        ),
    ]


def _fill(count: int) -> None:
    """Add models with a revision and a file's artifact each, as an import would leave them."""
    user = _person()
    types = list(ServiceType.objects.order_by("slug"))
    begun = AiModel.objects.count()
    now = timezone.now()
    for first in range(begun, begun + count, BATCH):
        last = min(first + BATCH, begun + count)
        rows = AiModel.objects.bulk_create(
            AiModel(
                namespace=user.namespace,
                name=f"m-{at}",
                service_type=types[at % len(types)],
                created_by=user,
                updated_at=now + dt.timedelta(seconds=at),
            )
            for at in range(first, last)
        )
        revisions = Revision.objects.bulk_create(
            Revision(
                ai_model=row,
                oid=hashlib.sha256(row.name.encode()).hexdigest()[:40],
                message="m",
                author=user,
                created_at=now,
            )
            for row in rows
        )
        Ref.objects.bulk_create(
            Ref(ai_model=revision.ai_model, kind="branch", name="main", revision=revision)
            for revision in revisions
        )
        Artifact.objects.bulk_create(
            Artifact(
                revision=revision, format="onnx", precision="fp32", origin="uploaded", size_bytes=9
            )
            for revision in revisions
        )


def _person() -> User:
    return User.objects.filter(username="olga").first() or create_user("olga", "only-for-bench-1")


def _median(work: Callable[[], object], between: Callable[[], object] | None = None) -> float:
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        times.append(1_000 * (time.perf_counter() - begun))
        if between is not None:
            between()
    return statistics.median(times)
