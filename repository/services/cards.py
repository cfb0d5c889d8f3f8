"""What the card of a model says, taken over into the catalogue whoever committed it."""

from typing import cast

from portal.accounts.models import User
from repository.models import AiModel, Readme, Revision
from repository.selectors.tags import CardWords, read_card
from repository.services.ai_models import ModelChanges, change_model
from repository.services.vocabulary import UNSORTED

SINGLE = ("service_type", "task", "license")


def follow_card(user: User, revision: Revision, head: Revision | None) -> None:
    """Bring what the card changed since `head` into the catalogue; what it never said stays.

    A first card fills only what nobody filled at registration. Refuses more contexts than a model
    may have.
    """
    before, after = _words_of(head), _words_of(revision) or CardWords()
    if after == (before or CardWords()):
        return
    changes = _changes(revision.ai_model, before, after)
    if changes:
        change_model(user, revision.ai_model, cast(ModelChanges, changes))


def _changes(ai_model: AiModel, before: CardWords | None, after: CardWords) -> dict[str, object]:
    was = before or CardWords()
    now = AiModel.objects.select_related("service_type").get(pk=ai_model.pk)
    filled = {"service_type": now.service_type.slug, "task": now.task, "license": now.license}
    changes: dict[str, object] = {}
    for field in SINGLE:
        said = getattr(after, field)
        free = before is not None or filled[field] in {"", UNSORTED}
        if said and said != getattr(was, field) and free:
            changes[field] = said
    if after.contexts != was.contexts:
        has = [context.slug for context in now.contexts.order_by("slug")]
        kept = [slug for slug in has if slug not in set(was.contexts) - set(after.contexts)]
        changes["contexts"] = [*dict.fromkeys([*kept, *after.contexts])]
    return changes


def _words_of(revision: Revision | None) -> CardWords | None:
    readme = Readme.objects.filter(revision=revision).first() if revision else None
    return read_card(readme.front_matter) if readme else None
