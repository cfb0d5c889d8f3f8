"""axe over every route, in both themes and languages, on desktop and phone."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.report import FOLDER, Ratio
from tests.e2e.axe import broken_rules
from tests.e2e.house import WINDOWS, open_browser, open_house, open_window
from tests.e2e.tour import furnish, visit

THEMES = ("light", "dark")
LOCALES = ("ko", "en")
FEWEST = 200
SWITCH = "theme => { document.documentElement.dataset.theme = theme }"
FADE_MS = 200
LIST = FOLDER / "accessibility-broken.txt"


def bench() -> list[Ratio]:
    checks = 0
    broken: list[str] = []
    with (
        TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        routes = furnish(product, Path(folder))
        for locale in LOCALES:
            for window in WINDOWS:
                page = open_window(
                    browser, product, window=window, theme="light", locale=locale, bypass_csp=True
                )
                for name, path in routes.items():
                    visit(page, path)
                    for theme in THEMES:
                        page.evaluate(SWITCH, theme)
                        # A colour that is still changing has neither contrast.
                        page.wait_for_timeout(FADE_MS)
                        at = f"{name} {theme} {locale} {window}"
                        broken += [f"{at}: {rule}" for rule in broken_rules(page)]
                        checks += 1
                page.context.close()
    LIST.parent.mkdir(parents=True, exist_ok=True)
    LIST.write_text("\n".join(broken))
    return [
        Ratio("broken rules", len(broken), "places", "checks", checks, "<= 0"),
        Ratio("checks", checks, "pages", "fewest", FEWEST, ">= 1"),
    ]
