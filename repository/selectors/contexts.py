"""Reading contexts, and finding them by any of their words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from django.db.models import Count, Q, QuerySet

from portal.accounts.models import User
from portal.accounts.selectors.people import may_maintain
from portal.core.errors import NotFound
from repository.models import AiModel, Context, ContextRelation, MergedContext
from repository.search.matching import key_of
from repository.search.words import normalize
from repository.selectors.access import visible_to
from repository.selectors.lexicon import Lexicon, lexicon, strongest_first, words_of

MOST_LISTED = 2_000
"""Contexts at once: a vocabulary of people is read whole."""


class NoSuchContext(NotFound):
    code = "no_such_context"


@dataclass(frozen=True)
class Related:
    context: Context
    weight: float
    origin: str
    model_count: int = 0


def find_context(word: str) -> Context | None:
    """Return the context that a slug, label or alias names, or nothing."""
    wanted = normalize(word)
    return lexicon().spelled.get(wanted) if wanted else None


def contexts_of(row: AiModel) -> Collection[Context]:
    """Return the contexts of a row that was loaded with what it shows."""
    told: list[Context] | None = getattr(row, "told_contexts", None)
    return row.contexts.all() if told is None else told


def serving(models: Collection[AiModel], known: Lexicon) -> dict[int, set[int]]:
    """Return for each model the contexts it serves: its own, and the one of its task."""
    tasks = tied_to({row.task for row in models}, known)
    return {
        row.pk: {context.pk for context in contexts_of(row)} | tasks[row.task] for row in models
    }


def tied_to(names: Iterable[str], known: Lexicon) -> dict[str, set[int]]:
    """Return for each name of a task or service type the contexts that go by it."""
    named = known.named
    return {name: named.get(key_of(name), set()) if name else set() for name in names}


def models_serving(context_id: int) -> list[int]:
    """Return the models that have a context, or whose task goes by it."""
    tasks = AiModel.objects.exclude(task="").values_list("task", flat=True).distinct()
    named = [task for task, owners in tied_to(tasks, lexicon()).items() if context_id in owners]
    found = AiModel.objects.filter(Q(contexts=context_id) | Q(task__in=named))
    return list(found.order_by("pk").values_list("pk", flat=True).distinct())


def get_context(slug: str) -> Context:
    """Return a context by its name, or by one that it took over."""
    found = Context.objects.filter(Q(slug=slug) | Q(merged__slug=slug)).first()
    if found is None:
        raise _no_such(slug)
    return found


def present_slugs(slugs: Iterable[str]) -> tuple[str, ...]:
    """Return slugs with the names of contexts that became part of another replaced by its own."""
    wanted = tuple(slugs)
    moved = dict(
        MergedContext.objects.filter(slug__in=wanted).values_list("slug", "into__slug")
        if wanted
        else ()
    )
    return tuple(dict.fromkeys(moved.get(slug, slug) for slug in wanted))


def _no_such(slug: str) -> NoSuchContext:
    return NoSuchContext(f"There is no context '{slug}'.")


def known_to(user: User | None) -> QuerySet[Any]:
    """Return the contexts a person may know of, each with the `model_count` that they see.

    What somebody typed for a model that others may not see is for those alone who see the model,
    and for who keeps the vocabulary.
    """
    seen = Count("ai_models", filter=Q(ai_models__in=visible_to(user).values("pk")), distinct=True)
    rows = Context.objects.annotate(model_count=seen)
    if user is not None and may_maintain(user):
        return rows
    return rows.filter(Q(is_proposal=False) | Q(model_count__gt=0))


def show_context(user: User | None, slug: str) -> Context:
    """Return a context that a person may know of, with its `model_count`."""
    found: Context | None = (
        known_to(user).select_related("broader").filter(pk=get_context(slug).pk).first()
    )
    if found is None:
        raise _no_such(slug)
    return found


def list_contexts(user: User | None, part: str = "", *, most: int = MOST_LISTED) -> list[Context]:
    """Return contexts with their `model_count` that hold a part of a word, the most used first.

    Before them come those with a word that is the part itself, then those where one begins with it.
    """
    found = known_to(user).order_by("-model_count", "slug")
    wanted = normalize(part)
    if not wanted:
        return list(found[:most])
    ranks = ((context, _closeness(context, wanted)) for context in found)
    hits = [(context, rank) for context, rank in ranks if rank is not None]
    hits.sort(key=itemgetter(1))
    return [context for context, _ in hits[:most]]


def _closeness(context: Context, wanted: str) -> int | None:
    words = [normalize(word) for word in words_of(context)]
    if wanted in words:
        return 0
    if any(word.startswith(wanted) for word in words):
        return 1
    return 2 if any(wanted in word for word in words) else None


def list_related(user: User | None, context: Context, most: int = 12) -> list[Related]:
    """Return the contexts tied to one, the closest first, with where each tie comes from."""
    ties = strongest_first(ContextRelation.objects.filter(source=context).select_related("target"))
    best: dict[int, Related] = {}
    for tie in ties:
        best.setdefault(tie.target_id, Related(tie.target, tie.weight, tie.origin))
    counts = dict(known_to(user).filter(pk__in=best).values_list("pk", "model_count"))
    known = [row for row in best.values() if row.context.pk in counts]
    known.sort(key=lambda row: -row.weight)
    return [replace(row, model_count=counts[row.context.pk]) for row in known[:most]]
