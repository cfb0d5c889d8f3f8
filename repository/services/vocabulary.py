"""The shipped vocabulary: service types, contexts and the curated ties between them."""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from portal.core.ids import new_id
from repository.models import (
    Context,
    ContextRelation,
    MergedContext,
    RemovedServiceType,
    ServiceType,
    VocabularyState,
)
from repository.types import RelationOrigin

FOLDER = Path(__file__).resolve().parent.parent / "vocabulary"
BROADER_WEIGHT = 0.8

UNSORTED = "unsorted"


@transaction.atomic
def load_vocabulary() -> tuple[int, int]:
    """Bring the shipped vocabulary into the database; return how many types and contexts it has.

    Harmless to repeat. What was added, edited or merged here stays; other rows follow the files.
    """
    types = _read(FOLDER / "service_types.yaml")
    _put_service_types(types)
    contexts = [row for path in sorted(FOLDER.glob("contexts/*.yaml")) for row in _read(path)]
    hints = _read(FOLDER / "hints.yaml")
    contexts = [{**row, "hints": hints.get(row["slug"], [])} for row in contexts]
    kept = set(Context.objects.filter(is_edited=True).values_list("slug", flat=True))
    kept.update(MergedContext.objects.values_list("slug", flat=True))
    shipped = [row for row in contexts if row["slug"] not in kept]
    _put_contexts(shipped)
    _put_ties(shipped, kept)
    renew_vocabulary()
    return len(types), len(contexts)


def renew_vocabulary() -> None:
    """Tell every process that contexts or ties changed, in the transaction that changes them."""
    VocabularyState.objects.update_or_create(pk=1, defaults={"token": new_id()})


def unsorted_type() -> ServiceType:
    """Return the place of models that came without a word of what they are for."""
    names = {"name_ko": "미분류", "name_en": "Not sorted yet", "icon": "boxes", "order": 1_000}
    found, is_new = ServiceType.objects.get_or_create(slug=UNSORTED, defaults=names)
    if is_new:
        renew_vocabulary()
    return found


def _read(path: Path) -> Any:
    # libyaml reads 500 contexts in a tenth of the time that PyYAML's own scanner takes.
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)


def _put_service_types(rows: list[dict[str, Any]]) -> None:
    kept = set(ServiceType.objects.filter(is_edited=True).values_list("slug", flat=True))
    kept.update(RemovedServiceType.objects.values_list("slug", flat=True))
    for order, row in enumerate(rows, start=1):
        if row["slug"] in kept:
            continue
        fields = {name: row[name] for name in ("name_ko", "name_en", "icon")}
        ServiceType.objects.update_or_create(
            slug=row["slug"], defaults={**fields, "order": order * 10}
        )


def _put_contexts(rows: list[dict[str, Any]]) -> None:
    fields = ["kind", "label_ko", "label_en", "aliases", "hints"]
    made = [
        Context(slug=row["slug"], is_proposal=False, **{name: row[name] for name in fields})
        for row in rows
    ]
    Context.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=[*fields, "is_proposal"],
    )
    known = _known()
    narrower = [row for row in rows if row.get("broader") in known]
    for row in narrower:
        known[row["slug"]].broader = known[row["broader"]]
    Context.objects.bulk_update([known[row["slug"]] for row in narrower], ["broader"])


def _put_ties(rows: list[dict[str, Any]], kept: set[str]) -> None:
    """Tie contexts in both directions; the stronger weight holds where both say one.

    What is said of contexts that are kept as they are here says nothing of their ties either.
    """
    known = _known()
    ties: dict[tuple[int, int], float] = {}
    for row in rows:
        said = dict(row.get("related", {}))
        if "broader" in row:
            said[row["broader"]] = BROADER_WEIGHT
        for slug, weight in said.items():
            if slug in kept or slug not in known:
                continue
            one, other = known[row["slug"]].pk, known[slug].pk
            for pair in ((one, other), (other, one)):
                ties[pair] = max(weight, ties.get(pair, 0))
    ContextRelation.objects.bulk_create(
        [
            ContextRelation(
                source_id=one, target_id=other, origin=RelationOrigin.CURATED, weight=weight
            )
            for (one, other), weight in ties.items()
        ],
        update_conflicts=True,
        unique_fields=["source", "target", "origin"],
        update_fields=["weight"],
    )


def _known() -> dict[str, Context]:
    return {context.slug: context for context in Context.objects.all()}
