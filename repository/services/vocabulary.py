"""The shipped vocabulary: service types, contexts and the curated ties between them."""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from repository.models import Context, ContextRelation, ServiceType
from repository.types import RelationOrigin

FOLDER = Path(__file__).resolve().parent.parent / "vocabulary"


@transaction.atomic
def load_vocabulary() -> tuple[int, int]:
    """Bring the shipped vocabulary into the database; return how many types and contexts it has.

    Harmless to repeat. What an administrator added stays; shipped rows follow the files.
    """
    types = _read("service_types.yaml")
    for order, row in enumerate(types, start=1):
        fields = {name: row[name] for name in ("name_ko", "name_en", "icon")}
        ServiceType.objects.update_or_create(
            slug=row["slug"], defaults={**fields, "order": order * 10}
        )
    contexts = _read("contexts.yaml")
    known = {row["slug"]: _put_context(row) for row in contexts}
    for row in contexts:
        for slug, weight in row.get("related", {}).items():
            _tie(known[row["slug"]], known[slug], weight)
    return len(types), len(contexts)


def unsorted_type() -> ServiceType:
    """Return the place of models that came without a word of what they are for."""
    names = {"name_ko": "미분류", "name_en": "Not sorted yet", "icon": "boxes", "order": 1_000}
    return ServiceType.objects.get_or_create(slug="unsorted", defaults=names)[0]


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return rows


def _put_context(row: dict[str, Any]) -> Context:
    fields = {name: row[name] for name in ("kind", "label_ko", "label_en", "aliases")}
    return Context.objects.update_or_create(
        slug=row["slug"], defaults={**fields, "is_proposal": False}
    )[0]


def _tie(one: Context, other: Context, weight: float) -> None:
    for source, target in ((one, other), (other, one)):
        ContextRelation.objects.update_or_create(
            source=source,
            target=target,
            origin=RelationOrigin.CURATED,
            defaults={"weight": weight},
        )
