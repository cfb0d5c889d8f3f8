"""What is near a context: a walk over its ties."""

from dataclasses import dataclass, field

from repository.models import Context
from repository.selectors.lexicon import Lexicon
from repository.types import ContextKind

DECAY = 0.6
STEPS = 2
FAINTEST = 0.1
SERVED = frozenset({ContextKind.OBJECT, ContextKind.PLACE, ContextKind.SITUATION})
"""Fruit and trucks are both found by object detection: that does not make them related."""


@dataclass(frozen=True)
class Associated:
    """A context near a matched one: its weight after decay, the way there, and whose ties it is.

    `origins` has the origin of the tie that leads to each step of the path after its first.
    """

    context: Context
    weight: float
    path: list[Context]
    origins: list[str] = field(default_factory=list)


def expand(context: Context, known: Lexicon) -> list[Associated]:
    """Walk the ties from a context, losing some with each step, and return the closest first."""
    best: dict[int, Associated] = {}
    edge = [Associated(context, 1.0, [context])]
    for _ in range(STEPS):
        following: list[Associated] = []
        for near in edge:
            for tie in known.ties.get(near.context.pk, []):
                weight = near.weight * tie.weight * DECAY
                before = best.get(tie.target)
                if tie.target == context.pk or weight < FAINTEST:
                    continue
                if _same_tool(context, near.context, known.by_pk[tie.target]):
                    continue
                if before is None or weight > before.weight:
                    target = known.by_pk[tie.target]
                    step = Associated(
                        target, weight, [*near.path, target], [*near.origins, tie.origin]
                    )
                    best[tie.target] = step
                    following.append(step)
        edge = following
    return sorted(best.values(), key=lambda near: (-near.weight, near.context.slug))


def _same_tool(start: Context, over: Context, target: Context) -> bool:
    """Say whether two things are near by no more than a task that serves both."""
    return over.kind == ContextKind.TASK and {start.kind, target.kind} <= SERVED
