"""Importing a published catalog: entries without files, with their maker's figures."""

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from portal.accounts.models import User
from portal.accounts.selectors.people import MayNot, may_maintain
from portal.accounts.services.audit import record
from portal.accounts.services.teams import join_team
from portal.core.background import enqueue, is_pending
from repository.catalog.cards import card_of, task_of
from repository.catalog.reading import MODELS, Accuracy, Entry, Latency, read_catalog
from repository.catalog.rules import contexts_of, metric_of, runtime_of, service_type_of
from repository.models import AiModel, Artifact, ArtifactFigure, Readme, Revision
from repository.selectors.contexts import find_context
from repository.selectors.revisions import find_head
from repository.services.ai_models import ModelChanges, change_model, register_model
from repository.services.blobs import adopt_file
from repository.services.commits import README, Change, commit
from repository.types import ArtifactOrigin, FigureOrigin, Task, Visibility

OWNER = "catalog"
SAMPLE = Path(__file__).resolve().parent.parent / "catalog" / "sample"
MEGABYTE = 10**6
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Imported:
    models: int
    figures: int


def import_catalog(user: User, folder: Path, report: Report = lambda _done, _all: None) -> Imported:
    """Bring every model of a catalog folder under the owner `catalog`. Harmless to repeat.

    What people added to an entry stays: its files, versions and measurements. Raises
    UnreadableCatalog before anything is written; each model is written whole or not at all.
    """
    entries = read_catalog(folder)
    wanted = [(entry, _changes(entry)) for entry in entries]
    join_team(OWNER, "Catalog", user)
    figures = 0
    for done, (entry, changes) in enumerate(wanted, start=1):
        with transaction.atomic():
            figures += _import_entry(user, entry, changes)
        report(done, len(wanted))
    return Imported(len(wanted), figures)


def _changes(entry: Entry) -> ModelChanges:
    # Tags are words of its card too, and a commit takes those that are contexts.
    tagged = [context.slug for tag in entry.tags if (context := find_context(tag))]
    return {
        "summary": entry.headline[:200],
        "service_type": service_type_of(entry),
        "contexts": [*contexts_of(entry), *tagged],
        "task": task_of(entry),
        "license": entry.license,
        "visibility": Visibility.INTERNAL,
    }


def _import_entry(user: User, entry: Entry, changes: ModelChanges) -> int:
    found = AiModel.objects.filter(namespace__slug=OWNER, name=entry.id).first()
    if found is None:
        found = register_model(user, owner=OWNER, name=entry.id, changes=changes)
    else:
        change_model(user, found, changes)
    revision = _write_card(user, found, card_of(entry, contexts_of(entry)))
    accuracies = {(row.precision, row.runtime): row for row in entry.accuracies}
    forms: dict[tuple[str, str, str], list[Latency]] = {}
    several = len({row.component for row in entry.latencies}) > 1
    for row in entry.latencies:
        component = row.component[:80] if several else ""
        forms.setdefault((component, row.precision, row.runtime), []).append(row)
    for (component, precision, runtime), rows in forms.items():
        accuracy = None if several else accuracies.get((precision, runtime))
        artifact = _put_artifact(revision, entry, component, precision, runtime)
        _put_accuracy(artifact, accuracy)
        _put_figures(artifact, rows)
    return len(entry.latencies)


def _write_card(user: User, ai_model: AiModel, text: str) -> Revision:
    head = find_head(ai_model)
    if head is not None and Readme.objects.filter(revision=head).exists():
        return head
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / README
        path.write_text(text, "utf-8")
        blob = adopt_file(path)
    return commit(user, ai_model, Change("Import from the catalog", {README: blob}))


def _put_artifact(
    revision: Revision, entry: Entry, component: str, precision: str, runtime: str
) -> Artifact:
    format_, _ = runtime_of(runtime)
    return Artifact.objects.update_or_create(
        revision=revision,
        format=format_,
        precision=precision,
        component=component,
        recipe_sha256="",
        defaults={
            "origin": ArtifactOrigin.PUBLISHED,
            "size_bytes": _size(entry, component, precision),
        },
    )[0]


def _size(entry: Entry, component: str, precision: str) -> int | None:
    part = f" ({component})" if component else ""
    text = entry.details.get(f"Model size{part} ({precision})", "")
    found = re.fullmatch(r"([\d.]+) (MB|GB)", text)
    if found is None:
        return None
    return round(float(found[1]) * MEGABYTE * (1000 if found[2] == "GB" else 1))


def _put_accuracy(artifact: Artifact, accuracy: Accuracy | None) -> None:
    if accuracy is None:
        return
    metric, scale = metric_of(accuracy.metric)
    artifact.metric = metric[:40]
    artifact.accuracy = accuracy.value * scale
    artifact.source_accuracy = accuracy.reference * scale
    artifact.accuracy_device = accuracy.device
    artifact.save(update_fields=["metric", "accuracy", "source_accuracy", "accuracy_device"])


def _put_figures(artifact: Artifact, rows: list[Latency]) -> None:
    artifact.figures.filter(origin=FigureOrigin.PUBLISHED).delete()
    ArtifactFigure.objects.bulk_create(
        ArtifactFigure(
            artifact=artifact,
            profile=slugify(row.device)[:64],
            device=row.device,
            engine=runtime_of(row.runtime)[1],
            compute_unit=row.compute_unit,
            p50_ms=row.latency_ms,
            peak_memory_bytes=row.memory_bytes,
            origin=FigureOrigin.PUBLISHED,
            measured_at=timezone.now(),
        )
        for row in rows
    )


@dataclass(frozen=True)
class SampleState:
    """How far the shipped sample is in the database: models there, models in all, being loaded."""

    models: int
    total: int
    loading: bool


def sample_state() -> SampleState:
    with (SAMPLE / MODELS).open(encoding="utf-8") as file:
        names = [json.loads(line)["id"] for line in file]
    return SampleState(
        models=AiModel.objects.filter(namespace__slug=OWNER, name__in=names).count(),
        total=len(names),
        loading=is_pending(Task.IMPORT_SAMPLE),
    )


@transaction.atomic
def request_sample(user: User) -> None:
    """Ask for the shipped sample catalog to be loaded. Refuses people who may not maintain."""
    if not may_maintain(user):
        raise MayNot("Loading the sample catalog needs the role `maintainer`.")
    record(user, "catalog.load_sample")
    enqueue(Task.IMPORT_SAMPLE, user_id=user.pk)


def import_sample(user_id: int) -> None:
    import_catalog(User.objects.get(pk=user_id), SAMPLE)
