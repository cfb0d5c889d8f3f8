"""Registering and changing catalogue entries."""

from collections.abc import Iterable
from typing import TypedDict

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.selectors.people import get_namespace
from portal.accounts.services.audit import record
from portal.accounts.services.people import check_spelling
from portal.core.background import enqueue
from portal.core.errors import Conflict, invalid_field
from repository.models import AiModel, Context, FormerName, ServiceType
from repository.selectors.contexts import find_context
from repository.services.contexts import propose_context
from repository.services.vocabulary import unsorted_type
from repository.types import Task, Visibility

MOST_CONTEXTS = 30


class NameTaken(Conflict):
    code = "name_taken"


class ModelChanges(TypedDict, total=False):
    summary: str
    service_type: str
    contexts: list[str]
    task: str
    license: str
    visibility: Visibility


def register_model(user: User, *, owner: str, name: str, changes: ModelChanges) -> AiModel:
    """Make a catalogue entry; its files come with the first commit.

    Without a service type it stands under "Not sorted yet", until its card or somebody says one.
    Refuses a name that is taken or not allowed, and an owner the caller cannot publish as.
    """
    namespace = get_namespace(user, owner)
    check_spelling(name, "name")
    given = _resolve(changes)
    if "service_type" not in given:
        given["service_type"] = unsorted_type()
    given.pop("contexts", None)
    contexts = changes.get("contexts", [])
    try:
        with transaction.atomic():
            made = AiModel.objects.create(
                namespace=namespace,
                name=name,
                created_by=user,
                updated_at=timezone.now(),
                **given,
            )
            # Who takes a name that another model left gets it whole.
            FormerName.objects.filter(owner=owner, name=name).delete()
            made.contexts.set(_resolve_contexts(contexts))
            record(user, "model.register", str(made))
            enqueue(Task.INDEX_MODEL, model_id=made.pk)
    except IntegrityError as error:
        if not AiModel.objects.filter(namespace=namespace, name=name).exists():
            raise
        raise NameTaken(
            f"'{owner}/{name}' is taken. Choose another name.", details={"name": ["taken"]}
        ) from error
    return made


@transaction.atomic
def change_model(user: User, ai_model: AiModel, changes: ModelChanges) -> AiModel:
    """Change what the catalogue says of a model."""
    given = _resolve(changes)
    given.pop("contexts", None)
    contexts = changes.get("contexts")
    if given:
        AiModel.objects.filter(pk=ai_model.pk).update(**given)
    if contexts is not None:
        ai_model.contexts.set(_resolve_contexts(contexts))
    touch_model(ai_model)
    record(user, "model.change", str(ai_model), fields=", ".join(sorted(changes)))
    ai_model.refresh_from_db()
    return ai_model


@transaction.atomic
def delete_model(user: User, ai_model: AiModel) -> None:
    """Delete a model with its revisions and artifacts; its bytes go with the next collection."""
    record(user, "model.delete", str(ai_model))
    enqueue(Task.INDEX_MODEL, model_id=ai_model.pk)
    ai_model.delete()


def touch_model(ai_model: AiModel) -> None:
    """Say that a model changed: lists order by it and the search index follows."""
    AiModel.objects.filter(pk=ai_model.pk).update(
        updated_at=timezone.now(), row_version=F("row_version") + 1
    )
    enqueue(Task.INDEX_MODEL, model_id=ai_model.pk)


def _resolve(changes: ModelChanges) -> dict[str, object]:
    given: dict[str, object] = dict(changes)
    if "service_type" in changes:
        slug = changes["service_type"]
        found = ServiceType.objects.filter(slug=slug).first()
        if found is None:
            raise invalid_field(
                "service_type", f"There is no service type '{slug}'. Choose one of the list."
            )
        given["service_type"] = found
    return given


def _resolve_contexts(words: Iterable[str]) -> list[Context]:
    """Find each context by slug, label or alias; what nobody knows yet becomes a proposal."""
    unique = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(unique) > MOST_CONTEXTS:
        raise invalid_field("contexts", f"At most {MOST_CONTEXTS} contexts describe a model.")
    return [find_context(word) or propose_context(word) for word in unique]
