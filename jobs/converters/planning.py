"""The conversion graph: the shortest way from what a revision has to what is wanted."""

from collections import deque
from collections.abc import Iterable, Sequence

from jobs.converters.base import Converter, Form
from jobs.converters.registry import CONVERTERS


class NoRoute(ValueError):
    """No chain of converters leads there; the sentence lists what can be reached."""


def plan(
    sources: Iterable[Form], target: Form, converters: Sequence[Converter] = CONVERTERS
) -> list[Converter]:
    """Return the shortest chain of converters from any of the sources to the target.

    Of two chains of one length the one from the earlier source is taken. Raises NoRoute.
    """
    starts = list(dict.fromkeys(sources))
    routes = _walk(starts, converters)
    if target not in routes or not routes[target]:
        reachable = sorted(str(form) for form, route in routes.items() if route)
        known = ", ".join(reachable) or "nothing"
        raise NoRoute(f"No converter makes {target} of this model. It can become: {known}.")
    return routes[target]


def reachable(
    source: Form, converters: Sequence[Converter] = CONVERTERS
) -> list[tuple[Form, list[Converter]]]:
    """Return every form that one form can become, the nearest first, with the way there."""
    return [(form, route) for form, route in _walk([source], converters).items() if route]


def _walk(
    starts: Sequence[Form], converters: Sequence[Converter]
) -> dict[Form, list[Converter]]:
    """Search breadth first: the first way to reach a form is a shortest one."""
    routes: dict[Form, list[Converter]] = {start: [] for start in starts}
    edge = deque(starts)
    while edge:
        form = edge.popleft()
        for converter in converters:
            if converter.source == form and converter.target not in routes:
                routes[converter.target] = [*routes[form], converter]
                edge.append(converter.target)
    return routes
