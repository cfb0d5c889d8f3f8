"""Hostile texts in every place that people write, shown by Chromium: the count is of texts.

They are shown with the content policy switched off, so that the portal's own care is what is tried,
and once more with it, when it must find nothing to complain of.
"""

import html
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.utils.html import strip_tags
from playwright.sync_api import Browser, Page, Request

from repository.readme.render import _sanitize, render_readme
from tests.e2e.house import Product, open_browser, open_house, open_window
from tests.services import ROOT
from tests.soak.payloads import HOST, payloads
from tests.soak.report import Outcome

COUNT = 1500
BATCH = 90
REST_MS = 150
PATIENCE_MS = 15_000
WATCH = """
window.hits = []
window.hit = (...told) => window.hits.push(location.pathname + ' ' + told)
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = window.hit
addEventListener('securitypolicyviolation', (no) => window.hit('policy', no.violatedDirective))
"""
MOUNT = """texts => {
  const box = document.body.appendChild(document.createElement('div'))
  for (const text of texts) box.innerHTML = text
  box.innerHTML = texts.join('')
  for (const part of box.querySelectorAll('*')) {
    for (const kind of ['mouseover', 'focus', 'click', 'toggle', 'pointerenter'])
      part.dispatchEvent(new Event(kind))
  }
  box.remove()
}"""


@dataclass(frozen=True)
class Place:
    """Where texts are shown, how much of each, and how many at least are there letter by letter.

    `until` is what ends the part that is shown; of `markdown` its own rendering is looked for.
    """

    name: str
    path: str
    part: str = "main"
    letters: int = 120
    share: float = 0.9
    until: str | None = None
    markdown: bool = False


PLACES = (
    # All texts in one: what some of them open swallows a few of those behind it.
    Place("README", "{model}", ".readme", 1000, 0.8, markdown=True),
    # The rest of a name is in a folder.
    Place("file name", "{model}/files", letters=255, until="/"),
    Place("message of a version", "{model}/versions", letters=1000),
    Place("log line", "{job}", letters=1000),
    Place("label", "/contexts", letters=80),
    Place("name of a person", "/people"),
)


class Watcher:
    """A signed-in window that notes every script that ran and every request that left."""

    def __init__(self, browser: Browser, product: Product, *, policy: bool) -> None:
        self.found: list[str] = []
        self._url = product.url
        self.page: Page = open_window(
            browser, product, window="desktop", theme="light", locale="en", bypass_csp=not policy
        )
        self.page.add_init_script(WATCH)
        self.page.on("request", self._look)
        self.page.on("dialog", lambda dialog: dialog.dismiss())

    def _look(self, request: Request) -> None:
        inside = request.url.startswith((self._url, "data:", "blob:"))
        if not inside or HOST in request.url.partition("?")[0]:
            self.found.append(f"asked for {request.url}")

    def visit(self, place: Place, path: str, texts: list[str]) -> None:
        """Look at a page. One that does not show the texts would prove nothing."""
        self.page.goto(path)
        # Of a text that is all tags no letter is left in Markdown.
        wanted = [letters for text in texts if (letters := _letters(_part(text, place)))]
        seen = self._wait(place, wanted)
        if not wanted or seen < place.share * len(wanted):
            self.found.append(f"{place.name}: {seen} of {len(wanted)} texts are shown")
        self.page.wait_for_timeout(REST_MS)
        self.gather(path)

    def _wait(self, place: Place, wanted: list[str]) -> int:
        """Wait until the page shows what it should, and say how many texts it does show."""
        part = self.page.locator(place.part).first
        seen = 0
        for _ in range(PATIENCE_MS // REST_MS):
            there = _letters(part.text_content() or "")
            seen = sum(text in there for text in wanted)
            if seen >= place.share * len(wanted):
                break
            self.page.wait_for_timeout(REST_MS)
        return seen

    def gather(self, where: str) -> None:
        hits = self.page.evaluate("window.hits.splice(0)")
        self.found += [f"{where}: ran {told}" for told in hits]


def shown(product: Product, watchers: list[Watcher], texts: list[str]) -> list[str]:
    """Show texts in every place, and return what ran or left."""
    setup = "import django; django.setup(); from tests.soak.hostile_world import main; main()"
    command = [sys.executable, "-c", setup]
    done = subprocess.run(
        command,
        input=json.dumps(texts),
        cwd=ROOT,
        env={**product.environment, "DJANGO_SETTINGS_MODULE": "portal.settings.base"},
        capture_output=True,
        text=True,
        check=True,
    )
    made = json.loads(done.stdout)
    for watcher in watchers:
        for place in PLACES:
            watcher.visit(place, place.path.format(**made), texts)
    watchers[0].page.evaluate(MOUNT, [rendered(text) for text in texts])
    watchers[0].gather("rendered alone")
    return [line for watcher in watchers for line in watcher.found]


def _part(text: str, place: Place) -> str:
    if place.markdown:
        return html.unescape(strip_tags(rendered(text)))
    text = text[: place.letters]
    return text.partition(place.until)[0] if place.until else text


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def rendered(text: str) -> str:
    return render_readme(text, lambda path: f"/api/v1/nowhere/{path}").html


def changes_again(text: str) -> bool:
    """Say whether making a rendered text safe once more makes another text of it."""
    html = rendered(text)
    return _sanitize(html) != html


def soak(count: int, seed: int) -> Outcome:
    texts = payloads(count, seed)
    failures = [f"not the same twice: {text!r}" for text in texts if changes_again(text)]
    with (
        tempfile.TemporaryDirectory() as home,
        open_house(Path(home)) as product,
        open_browser() as browser,
    ):
        watchers = [Watcher(browser, product, policy=policy) for policy in (False, True)]
        for start in range(0, count, BATCH):
            found = shown(product, watchers, texts[start : start + BATCH])
            failures += [f"texts {start}-{start + BATCH}: {line}" for line in found]
            for watcher in watchers:
                watcher.found.clear()
    return Outcome(count, failures, {"places": len(PLACES), "shown": count * len(PLACES) * 2})
