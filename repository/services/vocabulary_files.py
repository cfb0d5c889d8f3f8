"""The vocabulary as one YAML file: to read, to keep, to carry to another site."""

from typing import Any, cast

import yaml
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import Invalid, Refusal
from repository.models import Context, ContextRelation
from repository.services.contexts import (
    ContextChanges,
    change_context,
    create_context,
    keep_to_maintainers,
)
from repository.services.vocabulary import renew_vocabulary
from repository.types import ContextKind, RelationOrigin

TEXTS = ("kind", "label_ko", "label_en", "broader")
LISTS = ("aliases", "hints")
MOST_ROWS = 5_000


class UnreadableVocabulary(Invalid):
    code = "unreadable_vocabulary"


def export_vocabulary() -> str:
    """Return every curated context with its names, hints and curated ties."""
    ties: dict[int, dict[str, float]] = {}
    curated = ContextRelation.objects.filter(origin=RelationOrigin.CURATED)
    # In an order of their own, so that two files differ only in what they say.
    ordered = curated.order_by("-weight", "target__slug")
    for source, target, weight in ordered.values_list("source", "target__slug", "weight"):
        ties.setdefault(source, {})[target] = weight
    rows = [
        {
            "slug": row.slug,
            **{name: getattr(row, name) for name in ("kind", "label_ko", "label_en", *LISTS)},
            "broader": row.broader.slug if row.broader else "",
            "related": ties.get(row.pk, {}),
        }
        for row in Context.objects.filter(is_proposal=False)
        .select_related("broader")
        .order_by("slug")
    ]
    return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=1_000)


@transaction.atomic
def import_vocabulary(user: User, text: str) -> tuple[int, int]:
    """Bring in what a file says that is not so yet; return how many contexts it made and changed.

    All of it or nothing. Contexts that the file does not name stay.
    """
    keep_to_maintainers(user)
    rows = _read(text)
    known = {row.slug: row for row in Context.objects.select_related("broader")}
    made = changed = 0
    for row in rows:
        changes = cast(
            "ContextChanges", {name: row[name] for name in (*TEXTS, *LISTS) if name in row}
        )
        changes.pop("broader", None)
        try:
            if row["slug"] not in known:
                create_context(user, row["slug"], changes)
                made += 1
            elif _differs(known[row["slug"]], row):
                change_context(user, row["slug"], changes)
                changed += 1
        except Refusal as refusal:
            raise UnreadableVocabulary(f"{row['slug']}: {refusal}") from refusal
    _put_places(rows)
    renew_vocabulary()
    record(user, "vocabulary.import", made=made, changed=changed)
    return made, changed


def _read(text: str) -> list[dict[str, Any]]:
    try:
        rows = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise UnreadableVocabulary(f"The file is not YAML: {error}") from error
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise UnreadableVocabulary(f"The file has to be a list of at most {MOST_ROWS} contexts.")
    for at, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not isinstance(row.get("slug"), str):
            raise UnreadableVocabulary(f"Context {at} has no slug.")
        if fault := _fault_of(row):
            raise UnreadableVocabulary(f"{row['slug']}: {fault}")
    return rows


def _fault_of(row: dict[str, Any]) -> str:
    if row.get("kind", ContextKind.SITUATION) not in ContextKind.values:
        return f"'{row['kind']}' is no kind of context."
    if not all(isinstance(row.get(name, ""), str) for name in TEXTS):
        return "labels and broader are texts."
    if not all(_is_words(row.get(name, [])) for name in LISTS):
        return "aliases and hints are lists of texts."
    related = row.get("related", {})
    fine = isinstance(related, dict) and all(
        isinstance(weight, int | float) and 0 < weight <= 1 for weight in related.values()
    )
    return "" if fine else "the weights of `related` are above 0 and at most 1."


def _is_words(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(word, str) for word in given)


def _differs(context: Context, row: dict[str, Any]) -> bool:
    now = {name: getattr(context, name) for name in ("kind", "label_ko", "label_en", *LISTS)}
    return context.is_proposal or any(row.get(name, value) != value for name, value in now.items())


def _put_places(rows: list[dict[str, Any]]) -> None:
    """Set broader contexts and curated ties, once all contexts are there."""
    known = {row.slug: row for row in Context.objects.all()}
    for row in rows:
        context = known[row["slug"]]
        broader = known.get(row.get("broader", ""))
        if "broader" in row and context.broader_id != (broader.pk if broader else None):
            context.broader = broader
            context.save(update_fields=["broader"])
    _put_ties(rows, known)


def _put_ties(rows: list[dict[str, Any]], known: dict[str, Context]) -> None:
    """Set curated ties in both directions.

    A file says each tie twice: what is said anew counts, then the stronger. The shipped files say
    nothing more of contexts whose ties change.
    """
    curated = ContextRelation.objects.filter(origin=RelationOrigin.CURATED)
    held = {(row.source_id, row.target_id): row.weight for row in curated}
    said: dict[tuple[int, int], float] = {}
    for row in rows:
        for slug, weight in row.get("related", {}).items():
            if slug not in known or slug == row["slug"]:
                continue
            one, other = known[row["slug"]].pk, known[slug].pk
            if held.get((one, other)) != weight:
                for pair in ((one, other), (other, one)):
                    said[pair] = max(weight, said.get(pair, 0.0))
    ContextRelation.objects.bulk_create(
        [
            ContextRelation(
                source_id=one, target_id=other, origin=RelationOrigin.CURATED, weight=weight
            )
            for (one, other), weight in said.items()
        ],
        update_conflicts=True,
        unique_fields=["source", "target", "origin"],
        update_fields=["weight"],
    )
    Context.objects.filter(pk__in={one for one, _ in said}).update(is_edited=True)
