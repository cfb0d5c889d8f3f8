"""What a model's own words say it is for, beside what it is filed under."""

import re
from collections.abc import Collection, Iterator

from repository.models import AiModel, Context
from repository.search.matching import Place, places_of
from repository.selectors.lexicon import Lexicon
from repository.types import ContextKind

CLOSE = 0.8
"""Of a tie: what belongs together so far that naming one is as good as naming the other."""

CLAUSE = re.compile(r"[.,;:|()\n]")


def faint_tasks(row: AiModel, served: Collection[Context], known: Lexicon) -> set[int]:
    """Return the tasks that a model is filed under while its name and summary speak of others.

    A catalog files the analysis of faces under object detection; whoever looks for tomatoes wants
    it last. A task is not faint where it is named, or goes closely with what is named and is no
    special case of it. Things are asked only where no task is named: a face speaks of tasks too.
    """
    named = [known.by_pk[pk] for pk in _named(f"{row.name}. {row.summary}", known)]
    telling = [context for context in named if context.kind == ContextKind.TASK] or [
        context for context in named if _has_a_task(context, known)
    ]
    return {
        task.pk
        for task in served
        if telling
        and task.kind == ContextKind.TASK
        and task not in named
        and not any(
            other.pk in _close_to(task, known) and other.broader_id != task.pk for other in telling
        )
    }


def _has_a_task(context: Context, known: Lexicon) -> bool:
    """Say whether this is a thing that a task is made for."""
    return context.kind == ContextKind.OBJECT and any(
        known.by_pk[pk].kind == ContextKind.TASK for pk in _close_to(context, known)
    )


def _close_to(context: Context, known: Lexicon) -> set[int]:
    return {tie.target for tie in known.ties.get(context.pk, []) if tie.weight >= CLOSE}


def _named(text: str, known: Lexicon) -> Iterator[int]:
    """Return the curated contexts that a text names, but not by a part of a longer name."""
    for clause in CLAUSE.split(text):
        found: dict[int, Place] = {
            pk: place for key, place in places_of(clause).items() for pk in known.named.get(key, ())
        }
        for pk, place in found.items():
            if not any(place.within(other) for other in found.values()):
                yield pk
