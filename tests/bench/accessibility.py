"""axe over every route, in both themes and languages, on desktop and phone, down to 320 px."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Error, Page

from tests.bench.report import FOLDER, Ratio
from tests.e2e.axe import COLORS, RULES, SCRIPT, broken_rules
from tests.e2e.house import WINDOWS, Product, open_browser, open_house, open_window
from tests.e2e.tour import furnish, visit

THEMES = {"light": RULES, "dark": COLORS}
"""What is asked of a page in each: but for its colors it is the same one."""
LOCALES = ("ko", "en")
FEWEST = 200
SWITCH = """theme => {
  document.documentElement.dataset.theme = theme
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
}"""
NARROW = {"width": 320, "height": 844}
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
SHOWN = 3
LIST = FOLDER / "accessibility-broken.txt"


def bench() -> list[Ratio]:
    with (
        TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        routes = furnish(product, Path(folder))
        looks = [
            look(browser, product, routes, locale=locale, window=window)
            for locale in LOCALES
            for window in WINDOWS
        ]
    checks, broken = sum(count for count, _ in looks), [line for _, some in looks for line in some]
    LIST.parent.mkdir(parents=True, exist_ok=True)
    LIST.write_text("\n".join(broken))
    return [
        Ratio("broken rules", len(broken), "places", "checks", checks, "<= 0"),
        Ratio("checks", checks, "pages", "fewest", FEWEST, ">= 1"),
    ]


def look(
    browser: Browser, product: Product, routes: dict[str, str], *, locale: str, window: str
) -> tuple[int, list[str]]:
    """Look at every route in one window; return how often, and what is wrong there."""
    page = open_window(
        browser, product, window=window, theme="light", locale=locale, bypass_csp=True
    )
    page.context.add_init_script(path=SCRIPT)
    # A color that is still changing has neither contrast; so they change at once.
    page.emulate_media(reduced_motion="reduce")
    checks, broken = 0, list[str]()
    for name, path in routes.items():
        at = f"{name} {locale} {window}"
        count, found = look_at(page, path, narrow=window == "phone")
        checks += count
        broken += [f"{at} {line}" for line in found]
        print(f"  {at}: {len(found)} broken", *found[:SHOWN], sep="\n    ", flush=True)
    page.context.close()
    print(f"{locale} {window}: {checks} checks, {len(broken)} broken", flush=True)
    return checks, broken


def look_at(page: Page, path: str, *, narrow: bool) -> tuple[int, list[str]]:
    try:
        visit(page, path)
    except (AssertionError, Error) as error:
        return 0, [f"not shown: {str(error).splitlines()[0]}"]
    found = list[str]()
    for theme, tags in THEMES.items():
        page.evaluate(SWITCH, theme)
        found += [f"{theme}: {rule}" for rule in broken_rules(page, tags)]
    if narrow:
        page.set_viewport_size(NARROW)
        beyond = page.evaluate(TOO_WIDE)
        found += [f"{beyond} px too wide at {NARROW['width']} px"] if beyond > 0 else []
        page.set_viewport_size(WINDOWS["phone"])
    return len(THEMES), found
