"""Judgements that the sample catalog gives of itself, and scenarios that were taken away.

Who searches for a use case or scenario wants the models that are filed under it; who searches with
a model's headline wants those that its maker calls related. A scenario that is taken away from half
of its models has to find them by everything else that is known.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from repository.catalog.reading import read_catalog
from repository.models import Context
from repository.selectors.contexts import find_context
from repository.services.catalog_import import SAMPLE
from tests.bench.search_runs import Runs

BEST = 3
FEWEST = 4
"""Models of a scenario, so that two are left and two are looked for."""

SEED = 7


@dataclass(frozen=True)
class Asked:
    """A question with the grades of its answers; what is `left_out` counts neither way."""

    kind: str
    query: str
    grades: dict[str, int]
    left_out: set[str] = field(default_factory=set)


def published(runs: Runs) -> Iterator[Asked]:
    """Return questions of use cases, scenarios and related models."""
    entries = read_catalog(SAMPLE)
    for use_case in sorted({entry.use_case for entry in entries}):
        filed = {entry.id for entry in entries if entry.use_case == use_case}
        yield from _in_both("use cases", find_context(use_case), filed, use_case)
    for context, owners in runs.scenarios():
        yield from _in_both("scenarios", context, owners)
    known = {entry.id for entry in entries}
    for entry in entries:
        related = known & set(entry.related) - {entry.id}
        if related:
            grades = dict.fromkeys(related, BEST)
            yield Asked("related models, English", entry.headline, grades, {entry.id})


def taken_away(runs: Runs) -> Iterator[Asked]:
    """Take every scenario away from half of its models, and return questions for these."""
    chance = random.Random(SEED)  # noqa: S311  (a fixed half, not a secret)
    halves = [
        (context, set(chance.sample(sorted(owners), len(owners) // 2)), owners)
        for context, owners in runs.scenarios()
        if len(owners) >= FEWEST
    ]
    lost = runs.take_away({context.pk: gone for context, gone, _ in halves})
    for context, _, owners in halves:
        if gone := lost[context.pk]:
            yield from _in_both("hidden scenarios", context, gone, left_out=owners - gone)


def _in_both(
    kind: str,
    context: Context | None,
    wanted: Iterable[str],
    english: str = "",
    left_out: set[str] | None = None,
) -> Iterator[Asked]:
    grades = dict.fromkeys(wanted, BEST)
    if english or context:
        asked = english or str(context and context.label_en)
        yield Asked(f"{kind}, English", asked, grades, left_out or set())
    if context:
        yield Asked(f"{kind}, Korean", context.label_ko, grades, left_out or set())
