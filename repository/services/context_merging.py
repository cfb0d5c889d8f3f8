"""Making one context of two, and bringing the second back."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.background import enqueue
from portal.core.errors import Conflict, invalid_field
from repository.models import AiModel, Context, ContextRelation, MergedContext
from repository.selectors.contexts import get_context
from repository.selectors.lexicon import words_of
from repository.services.contexts import keep_to_maintainers
from repository.services.vocabulary import renew_vocabulary
from repository.types import RelationOrigin, Task

KEPT = ("label_ko", "label_en", "aliases", "hints", "kind", "is_proposal", "is_edited")


class NotMerged(Conflict):
    code = "context_not_merged"


@transaction.atomic
def merge_contexts(user: User, slug: str, into: str) -> Context:
    """Let a context become part of another: its models, names, hints and ties go there.

    Its slug leads to the other from then on. `unmerge_context` brings it back.
    """
    keep_to_maintainers(user)
    gone, kept = get_context(slug), get_context(into)
    if gone.pk == kept.pk:
        raise invalid_field("into", "A context cannot be merged into itself. Choose another.")
    models = list(gone.ai_models.values_list("pk", flat=True))
    added = set(models) - set(kept.ai_models.filter(pk__in=models).values_list("pk", flat=True))
    names = [word for word in words_of(gone) if word not in words_of(kept)]
    hints = [word for word in gone.hints if word not in kept.hints]
    undo: dict[str, Any] = {
        **{name: getattr(gone, name) for name in KEPT},
        "broader": gone.broader.slug if gone.broader else "",
        "models": models,
        "models_added": sorted(added),
        "names_added": names,
        "hints_added": hints,
        "ties": _ties_of(gone),
        "narrower": list(gone.narrower.values_list("slug", flat=True)),
        "took": list(gone.merged.values_list("slug", flat=True)),
    }
    undo["ties_added"] = _take_ties(gone, kept)
    kept.ai_models.add(*added)
    kept.aliases, kept.hints, kept.is_edited = kept.aliases + names, kept.hints + hints, True
    if kept.broader_id == gone.pk:
        kept.broader = gone.broader
    kept.save()
    gone.narrower.exclude(pk=kept.pk).update(broader=kept)
    gone.merged.update(into=kept)
    gone.delete()
    MergedContext.objects.create(slug=gone.slug, into=kept, undo=undo)
    _follow(models, kept)
    record(user, "context.merge", slug, into=kept.slug, models=len(models))
    return kept


@transaction.atomic
def unmerge_context(user: User, slug: str) -> Context:
    """Bring back a context that became part of another, with the models and names it had."""
    keep_to_maintainers(user)
    merged = MergedContext.objects.select_for_update().filter(slug=slug).first()
    if merged is None:
        raise NotMerged(f"No context '{slug}' became part of another.")
    kept, undo = merged.into, merged.undo
    merged.delete()
    known = {row.slug: row for row in Context.objects.all()}
    back = Context.objects.create(
        slug=slug, broader=known.get(undo["broader"]), **{name: undo[name] for name in KEPT}
    )
    models = AiModel.objects.filter(pk__in=undo["models"])
    back.ai_models.set(models)
    kept.ai_models.remove(*undo["models_added"])
    kept.aliases = [word for word in kept.aliases if word not in undo["names_added"]]
    kept.hints = [word for word in kept.hints if word not in undo["hints_added"]]
    kept.save()
    Context.objects.filter(slug__in=undo["narrower"]).update(broader=back)
    MergedContext.objects.filter(slug__in=undo["took"]).update(into=back)
    ties = ContextRelation.objects.filter(origin=RelationOrigin.CURATED)
    added = undo["ties_added"]
    ties.filter(
        Q(source=kept, target__slug__in=added) | Q(target=kept, source__slug__in=added)
    ).delete()
    _tie(
        back, {known[other].pk: weight for other, weight in undo["ties"].items() if other in known}
    )
    _follow(undo["models"], kept)
    enqueue(Task.INDEX_CONTEXT, context_id=back.pk)
    record(user, "context.unmerge", slug, out_of=kept.slug)
    return back


def _ties_of(context: Context) -> dict[str, float]:
    ties = context.relations.filter(origin=RelationOrigin.CURATED)
    return dict(ties.values_list("target__slug", "weight"))


def _take_ties(gone: Context, kept: Context) -> list[str]:
    """Tie the other to what one was tied to, where it was not; return to what."""
    ties = gone.relations.filter(origin=RelationOrigin.CURATED).exclude(target=kept)
    known = set(
        kept.relations.filter(origin=RelationOrigin.CURATED).values_list("target", flat=True)
    )
    new = {
        row.target_id: row for row in ties.select_related("target") if row.target_id not in known
    }
    _tie(kept, {pk: row.weight for pk, row in new.items()})
    return sorted(row.target.slug for row in new.values())


def _tie(context: Context, weights: dict[int, float]) -> None:
    ContextRelation.objects.bulk_create(
        ContextRelation(
            source_id=source, target_id=target, origin=RelationOrigin.CURATED, weight=weight
        )
        for other, weight in weights.items()
        for source, target in ((context.pk, other), (other, context.pk))
    )


def _follow(models: list[int], kept: Context) -> None:
    """Let the index follow: models that changed, and the words of those that have the context."""
    changed = AiModel.objects.filter(pk__in=models)
    changed.update(row_version=F("row_version") + 1, updated_at=timezone.now())
    renew_vocabulary()
    enqueue(Task.INDEX_CONTEXT, context_id=kept.pk)
