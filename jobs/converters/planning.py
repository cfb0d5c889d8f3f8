"""Finding the way from the forms a revision has to the one that is wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from jobs.converters.base import Converter, Form
from jobs.converters.registry import CONVERTERS


class NoRoute(ValueError):
    """No chain of converters leads to the target; the sentence names what can be reached."""


def plan(
    sources: Iterable[Form], target: Form, converters: Sequence[Converter] = CONVERTERS
) -> list[Converter]:
    """Return the shortest chain from any of the sources to the target, or raise NoRoute.

    Of chains of equal length the one from the earlier source is taken. Empty where the target is
    a source.
    """
    starts = list(dict.fromkeys(sources))
    routes = _routes(starts, converters)
    if target in routes:
        return routes[target]
    reached = ", ".join(str(form) for form, route in routes.items() if route) or "nothing"
    origin = " or ".join(map(str, starts)) or "no file"
    raise NoRoute(f"No conversion leads from {origin} to {target}. What can be reached: {reached}.")


def reachable(
    source: Form, converters: Sequence[Converter] = CONVERTERS
) -> list[tuple[Form, list[Converter]]]:
    """Return every other form that can be made of one, each with the shortest chain, near first."""
    return [(form, route) for form, route in _routes([source], converters).items() if route]


def _routes(starts: Sequence[Form], converters: Sequence[Converter]) -> dict[Form, list[Converter]]:
    """Walk outward from all starts at once, so that the first way to a form is a shortest one."""
    routes: dict[Form, list[Converter]] = {form: [] for form in starts}
    waiting = deque(starts)
    while waiting:
        form = waiting.popleft()
        for converter in converters:
            if converter.source == form and converter.target not in routes:
                routes[converter.target] = [*routes[form], converter]
                waiting.append(converter.target)
    return routes
