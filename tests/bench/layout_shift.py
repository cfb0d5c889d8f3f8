"""How far every route moves under the eye while it comes, on a desktop and on a slow phone."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Error

from tests.bench.report import FOLDER, Ratio
from tests.e2e.house import WINDOWS, Product, open_browser, open_house, open_window
from tests.e2e.tour import furnish, visit

MOST = 0.05
"""The browsers' own sum of what moved by how much, of 1; over .1 people notice."""
SLOWER = 4
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 90_000,
}
"""A middling phone on a middling network, as Lighthouse takes it: milliseconds, bytes a second."""
WATCH = """
self.shifts = []
const named = ({ node }) => {
  const element = node?.nodeType === 1 ? node : node?.parentElement
  if (!element) return 'gone'
  const words = (element.getAttribute('class') ?? '').split(' ').slice(0, 4).join('.')
  return element.tagName.toLowerCase() + '.' + words
}
new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput)
      self.shifts.push([entry.value, entry.sources.slice(0, 3).map(named).join(' ')])
}).observe({ type: 'layout-shift', buffered: true })
"""
LIST = FOLDER / "layout-shift.txt"


def bench() -> list[Ratio]:
    with (
        TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        routes = furnish(product, Path(folder))
        moved = {window: look(browser, product, routes, window=window) for window in WINDOWS}
    LIST.parent.mkdir(parents=True, exist_ok=True)
    LIST.write_text("\n".join(line for _, lines in moved.values() for line in lines))
    return [
        Ratio(f"{window}: {most[1]}", most[0], "", "limit", MOST, "<= 1")
        for window, (most, _) in moved.items()
    ]


def look(
    browser: Browser, product: Product, routes: dict[str, str], *, window: str
) -> tuple[tuple[float, str], list[str]]:
    """Go to every route; return the farthest that one moved, and a line about each that did."""
    page = open_window(browser, product, window=window, theme="light", locale="ko")
    page.context.add_init_script(WATCH)
    if window == "phone":
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        session.send("Network.emulateNetworkConditions", SLOW)
    most, lines = (0.0, ""), list[str]()
    for name, path in routes.items():
        try:
            visit(page, path)
        except (AssertionError, Error) as error:
            most = (1.0, name)
            lines.append(f"{name} {window}: not shown: {str(error).splitlines()[0]}")
            continue
        shifts: list[list[Any]] = page.evaluate("self.shifts")
        total = sum(value for value, _ in shifts)
        most = max(most, (total, name))
        told = "; ".join(f"{value:.3f} {what}" for value, what in shifts if value > MOST / 10)
        print(f"  {name} {window}: {total:.3f} {told}", flush=True)
        if told:
            lines.append(f"{name} {window}: {total:.3f} {told}")
    page.context.close()
    return most, lines
