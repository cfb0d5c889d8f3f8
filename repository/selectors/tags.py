"""The catalogue's words as tags, the one list of words that Hugging Face clients know."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from repository.models import AiModel, Context, ServiceType
from repository.readme.front_matter import words_of_card
from repository.selectors.catalog import Filters, artifacts_in, filter_rows
from repository.selectors.contexts import find_context
from repository.selectors.narrowing import says
from repository.types import ArtifactFormat

SERVICE_TYPE = "service-type:"
CONTEXT = "context:"
LICENSE = "license:"
SAID_AS = {"dataset:": "dataset", "base_model:": "base_model", "language:": "language"}
PLAIN = ("tag", "language", "library")
"""What a card says that clients know as a tag without a prefix."""


@dataclass(frozen=True)
class CardWords:
    """What a model card says that the catalogue has a place for."""

    service_type: str = ""
    contexts: tuple[str, ...] = ()
    task: str = ""
    license: str = ""


def tags_of(row: AiModel, card: dict[str, Any]) -> list[str]:
    """Return a model's tags: our words under their prefixes, then those of its card."""
    found = [f"{SERVICE_TYPE}{row.service_type.slug}"]
    found += [f"{CONTEXT}{context.slug}" for context in row.contexts.all()]
    if row.license:
        found.append(f"{LICENSE}{row.license}")
    if row.task:
        found.append(row.task)
    found += sorted({artifact.format for artifact in artifacts_in(row)})
    said = words_of_card(card)
    found += [*said["library"], *said["language"]]
    found += [f"{kind}:{word}" for kind in ("dataset", "base_model") for word in said[kind]]
    found += card_tags(card)
    return list(dict.fromkeys(found))


def card_tags(card: dict[str, Any]) -> list[str]:
    tags = card.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def read_card(card: dict[str, Any]) -> CardWords:
    """Find our words in a card. A plain tag is a context only where we know it already.

    A service type that does not exist is passed over: a card never makes one.
    """
    service_type = ""
    contexts: list[str] = []
    for tag in card_tags(card):
        if tag.startswith(SERVICE_TYPE):
            slug = tag.removeprefix(SERVICE_TYPE)
            if ServiceType.objects.filter(slug=slug).exists():
                service_type = slug
        elif tag.startswith(CONTEXT):
            contexts.append(tag.removeprefix(CONTEXT))
        else:
            known = find_context(tag)
            contexts += [known.slug] if known else []
    return CardWords(
        service_type=service_type,
        contexts=tuple(_slugs(contexts)),
        task=_text(card.get("pipeline_tag")),
        license=_text(card.get("license")),
    )


def narrow(rows: QuerySet[AiModel], tags: Iterable[str]) -> QuerySet[AiModel]:
    """Keep the models that carry every tag."""
    for tag in tags:
        rows = _narrow(rows, tag)
    return rows


def _narrow(rows: QuerySet[AiModel], tag: str) -> QuerySet[AiModel]:
    nothing = Filters()
    if tag.startswith(SERVICE_TYPE):
        return filter_rows(rows, replace(nothing, service_type=tag.removeprefix(SERVICE_TYPE)))
    if tag.startswith(LICENSE):
        return filter_rows(rows, replace(nothing, license=tag.removeprefix(LICENSE)))
    for prefix, kind in SAID_AS.items():
        if tag.startswith(prefix):
            return rows.filter(says([tag.removeprefix(prefix)], kinds=[kind]))
    if tag in ArtifactFormat.values:
        return filter_rows(rows, replace(nothing, format=tag))
    known = find_context(tag.removeprefix(CONTEXT))
    # A word may name a task and a context: speech recognition is both.
    of_context = Q(pk__in=AiModel.objects.filter(contexts=known)) if known else Q()
    if tag.startswith(CONTEXT):
        return rows.filter(of_context) if known else rows.none()
    return rows.filter(of_context | Q(task=tag) | Q(says([tag], kinds=PLAIN)))


def with_task(rows: QuerySet[AiModel], task: str) -> QuerySet[AiModel]:
    return rows.filter(task=task)


def of_owner(rows: QuerySet[AiModel], owner: str) -> QuerySet[AiModel]:
    return rows.filter(namespace__slug=owner.lower())


def _slugs(words: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for word in words:
        known: Context | None = find_context(word)
        found[known.slug if known else word.strip()] = None
    return [word for word in found if word]


def _text(value: object) -> str:
    return value[:60] if isinstance(value, str) else ""
