"""Every route of the portal, with what it asks for refused, cut, slow, or answered in part."""

import tempfile
from pathlib import Path
from random import Random

from tests.e2e.house import WINDOWS, open_browser, open_house, open_window
from tests.e2e.states import STATES, Walk, try_state
from tests.e2e.tour import furnish
from tests.soak.report import Outcome

COUNT = 400
"""More than there are: all routes, each in every state."""
THEMES = ("light", "dark")


def soak(count: int, seed: int) -> Outcome:
    random = Random(seed)
    failures: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        routes = furnish(product, Path(folder))
        cases = [(name, path, state) for name, path in routes.items() for state in STATES]
        chosen = random.sample(cases, min(count, len(cases)))
        theme, window = random.choice(THEMES), random.choice(sorted(WINDOWS))
        page = open_window(browser, product, window=window, theme=theme, locale="en")
        walk = Walk(page)
        for name, path, state in chosen:
            failures += try_state(walk, name, path, state)
    return Outcome(len(chosen), failures, {"routes": len(routes), "window": window, "theme": theme})
