"""`make screenshots`: every route, light and dark, desktop and phone, with realistic data."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.house import WINDOWS, open_browser, open_house, open_window  # noqa: E402
from tests.e2e.tour import furnish, visit  # noqa: E402

SHOTS = ROOT / "build" / "screenshots"
TALLEST = 2400
LOOKS = {"light": "en", "dark": "ko"}
"""Each language once: a layout must hold both."""


def main() -> int:
    SHOTS.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        routes = furnish(product, Path(folder))
        for theme, locale in LOOKS.items():
            for window in WINDOWS:
                page = open_window(browser, product, window=window, theme=theme, locale=locale)
                for name, path in routes.items():
                    visit(page, path)
                    shoot(page, SHOTS / f"{name}-{theme}-{window}.png", WINDOWS[window])
                page.context.close()
                print(f"{theme} {window}: {len(routes)} pages", flush=True)
    print(f"  -> {SHOTS.relative_to(ROOT)}")
    return 0


def shoot(page: Page, path: Path, window: dict[str, int]) -> None:
    """Photograph a page whole: its window grows, so that bars stay at the edges."""
    height: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size(
        {"width": window["width"], "height": min(TALLEST, max(height, window["height"]))}
    )
    page.screenshot(path=path)
    page.set_viewport_size({"width": window["width"], "height": window["height"]})


if __name__ == "__main__":
    sys.exit(main())
