"""`make screenshots`: every route, light and dark, desktop and phone, with realistic data."""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.house import WINDOWS, Product, open_browser, open_house, open_window
from tests.e2e.tour import ROUTES, furnish, visit

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "screenshots"
TALLEST = 2400
LOCALES = ["en", "ko"]
THEMES = ["light", "dark"]
PAINT_MS = 250
"""In which charts are drawn anew in the colors of the other theme."""
PATIENCE_MS = 60_000


def main() -> int:
    wanted = arguments()
    SHOTS.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        routes = furnish(product, Path(folder))
        routes = {name: path for name, path in routes.items() if name in wanted}
        missed = list(photograph(browser, product, routes))
    print(f"  -> {SHOTS.relative_to(ROOT)}")
    for line in missed:
        print(f"  missed {line}")
    return 1 if missed else 0


def arguments() -> list[str]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROUTES, default=list(ROUTES), metavar="ROUTE")
    only: list[str] = parser.parse_args().only
    return only


def photograph(browser: Browser, product: Product, routes: dict[str, str]) -> Iterator[str]:
    """Photograph each route in every look, and say of which ones no picture came."""
    expect.set_options(timeout=PATIENCE_MS)
    for window in WINDOWS:
        for locale in LOCALES:
            begun = time.monotonic()
            print(f"{window} {locale}:", end="", flush=True)
            page = open_window(browser, product, window=window, theme="system", locale=locale)
            for name, path in routes.items():
                print(f" {name}", end="", flush=True)
                try:
                    visit(page, path)
                    shoot(page, f"{name}-{window}-{locale}", WINDOWS[window])
                except (AssertionError, Error) as error:
                    yield f"{name} {window} {locale}: {str(error).splitlines()[0]}"
            page.context.close()
            print(f"\n  {len(routes)} pages in {time.monotonic() - begun:.0f} s", flush=True)


def shoot(page: Page, name: str, window: dict[str, int]) -> None:
    """Photograph a page whole in each theme: its window grows, so that bars stay at the edges."""
    height: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size(
        {"width": window["width"], "height": min(TALLEST, max(height, window["height"]))}
    )
    for theme in THEMES:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.wait_for_timeout(PAINT_MS)
        # A busy machine is not yet done with a change of colors: what moves is shown at its end.
        page.screenshot(path=SHOTS / f"{name}-{theme}.png", animations="disabled")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": window["width"], "height": window["height"]})


if __name__ == "__main__":
    sys.exit(main())
