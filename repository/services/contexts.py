"""Editing the vocabulary: contexts are made, changed, accepted and dismissed."""

import re
from collections.abc import Iterable
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.models.user import SLUG
from portal.accounts.selectors.people import MayNot, may_maintain
from portal.accounts.services.audit import record
from portal.core.background import enqueue
from portal.core.errors import Conflict, Invalid, invalid_field
from repository.models import Context, MergedContext
from repository.search.matching import key_of
from repository.selectors.contexts import get_context, models_serving
from repository.selectors.lexicon import lexicon, words_of
from repository.services.vocabulary import renew_vocabulary
from repository.types import Task

MOST_WORDS, LONGEST_WORD, LONGEST_PROPOSAL = 60, 80, 40


class ContextChanges(TypedDict, total=False):
    """What may be said of a context; `broader` is a slug, or empty for none."""

    label_ko: str
    label_en: str
    aliases: list[str]
    hints: list[str]
    kind: str
    broader: str


class NameOfAnother(Conflict):
    code = "context_name_taken"


class InUse(Conflict):
    code = "context_in_use"


def keep_to_maintainers(user: User) -> None:
    if not may_maintain(user):
        raise MayNot("Changing the vocabulary needs the role `maintainer`.")


def propose_context(word: str) -> Context:
    """Make a context of what somebody typed, for maintainers to accept; refuse what is too long."""
    if len(word) > LONGEST_PROPOSAL:
        limit = f"{LONGEST_PROPOSAL} characters"
        raise invalid_field("contexts", f"'{word[:20]}…' is too long for a context: {limit}.")
    korean = re.search(r"[가-힣]", word) is not None
    slug = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")
    if not slug:
        slug = "ko-" + "-".join(f"{ord(letter):x}" for letter in word if not letter.isspace())[:60]
    labels = {"label_ko": word} if korean else {"label_en": word}
    context, made = Context.objects.get_or_create(
        slug=slug[:64].strip("-"), defaults={**labels, "is_proposal": True}
    )
    if made:
        renew_vocabulary()
    return context


@transaction.atomic
def create_context(user: User, slug: str, changes: ContextChanges) -> Context:
    """Add a context. Without a slug its English label is spelled as one."""
    keep_to_maintainers(user)
    wanted = slug or re.sub(r"[^a-z0-9]+", "-", changes.get("label_en", "").lower()).strip("-")
    try:
        SLUG(wanted)
    except ValidationError as error:
        raise invalid_field("slug", f"'{wanted}' is no slug. {error.message}") from error
    if (
        Context.objects.filter(slug=wanted).exists()
        or MergedContext.objects.filter(slug=wanted).exists()
    ):
        raise NameOfAnother(
            f"There is a context '{wanted}' already. Choose another slug.",
            values={"word": wanted, "other": wanted},
        )
    made = Context(slug=wanted, is_edited=True)
    _apply(made, changes)
    record(user, "context.create", wanted)
    return made


@transaction.atomic
def change_context(user: User, slug: str, changes: ContextChanges) -> Context:
    """Change what is said of a context; a proposal that is changed is accepted.

    The shipped file says nothing of it from then on.
    """
    keep_to_maintainers(user)
    found = get_context(slug)
    was_proposal = found.is_proposal
    found.is_proposal, found.is_edited = False, True
    _apply(found, changes)
    record(
        user,
        "context.accept" if was_proposal else "context.change",
        found.slug,
        fields=", ".join(sorted(changes)),
    )
    return found


@transaction.atomic
def delete_context(user: User, slug: str) -> None:
    """Delete a context; the models of a proposal lose it, any other must have none."""
    keep_to_maintainers(user)
    found = get_context(slug)
    models = models_serving(found.pk)
    if models and not found.is_proposal:
        raise InUse(
            f"{len(models)} models have '{found.slug}'. Merge it into another instead.",
            values={"count": len(models)},
        )
    for pk in models:
        enqueue(Task.INDEX_MODEL, model_id=pk)
    record(user, "context.dismiss" if found.is_proposal else "context.delete", found.slug)
    found.delete()
    renew_vocabulary()


def _apply(context: Context, changes: ContextChanges) -> None:
    context.label_ko = changes.get("label_ko", context.label_ko).strip()
    context.label_en = changes.get("label_en", context.label_en).strip()
    if not (context.label_ko or context.label_en):
        raise invalid_field("label_en", "Give a label in Korean or in English.")
    context.kind = changes.get("kind", context.kind)
    context.aliases = _words("aliases", changes.get("aliases", context.aliases))
    context.hints = _words("hints", changes.get("hints", context.hints))
    if "broader" in changes:
        context.broader = _broader(context, changes["broader"])
    _refuse_names_of_others(context)
    context.save()
    renew_vocabulary()
    enqueue(Task.INDEX_CONTEXT, context_id=context.pk)


def _words(field: str, given: Iterable[str]) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in given if word.strip()))
    if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        raise invalid_field(
            field, f"At most {MOST_WORDS} words of {LONGEST_WORD} characters each, please."
        )
    return words


def _broader(context: Context, slug: str) -> Context | None:
    if not slug:
        return None
    found = get_context(slug)
    above: Context | None = found
    while above is not None:
        if above.pk == context.pk and context.pk is not None:
            raise invalid_field("broader", f"'{slug}' is narrower than '{context}' already.")
        above = above.broader
    return found


def _refuse_names_of_others(context: Context) -> None:
    known = lexicon()
    for word in words_of(context):
        if not key_of(word):
            raise Invalid(f"'{word}' has no letters to be found by. Leave it out.")
        owners = {pk for pk, _ in known.by_key.get(key_of(word), [])} - {context.pk}
        others = sorted(known.by_pk[pk].slug for pk in owners if not known.by_pk[pk].is_proposal)
        if others:
            raise NameOfAnother(
                f"'{word}' is a name of '{others[0]}' already. Leave it out, or merge the two.",
                values={"word": word, "other": others[0]},
            )
