"""What a page shows instead of its data, whatever befalls the requests that are its own."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Route, expect

from tests.services import ROOT

SHELL = re.compile(
    r"/api/v1/(session|me|service-types|events|notices\?unread|jobs\?state=open$|first-steps)"
)
"""What the frame around every page asks for: a page is tried with the frame whole."""
API = "**/api/v1/**"
REQUEST_ID = "01tried0states"
CODES = {"500": "fault", "404": "not_found", "403": "forbidden"}
PATIENCE_MS = 20_000
SOON_MS = 3_000
MOST_PARTS = 6
PART_MS = 200
FEWER = """([word, left]) =>
  [...document.querySelectorAll("main button")].filter(one => one.innerText.trim() === word)
    .length !== left || !document.querySelector("[role=alert]")"""
LATE_MS = 1_500
WORDS = json.loads((ROOT / "frontend/src/i18n/en.json").read_text("utf-8"))


def keys_of(words: dict[str, object], prefix: str = "") -> list[str]:
    """Name every message as it would be shown if nobody had translated it."""
    return [
        key
        for name, value in words.items()
        for key in (
            keys_of(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
        )
    ]


UNTRANSLATED = re.compile(r"(?<![\w./])(?:" + "|".join(map(re.escape, keys_of(WORDS))) + r")\b")
NAMES = re.compile(r"\b(?:model\.onnx|[\w/-]+\.(?:onnx|md|xml|bin|json))\b")


@dataclass
class Walk:
    """A window with its eyes open: what its console says, and which requests are the page's own."""

    page: Page
    said: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def hear(self, message: ConsoleMessage) -> None:
        network = "Failed to load resource" in message.text
        if message.type == "error" and not network and "/events" not in message.text:
            self.said.append(message.text)

    def befall(self, act: Callable[[Route], None]) -> None:
        """Let something befall every request of the page itself."""

        def decide(route: Route, request: Request) -> None:
            path = request.url.split("/", 3)[3]
            if request.method != "GET" or SHELL.search(f"/{path}"):
                route.fallback()
                return
            self.own.append(path)
            act(route)

        self.page.route(API, decide)

    def relieve(self) -> None:
        self.page.unroute_all(behavior="ignoreErrors")

    def faults(self, at: str) -> list[str]:
        """Say what was wrong with the page so far besides the network."""
        text = NAMES.sub("", self.page.locator("body").inner_text())
        shown = sorted(set(UNTRANSLATED.findall(text)))
        found = [f"{at}: says {key}" for key in shown] + [f"{at}: {line}" for line in self.said]
        self.said.clear()
        return found


def refuse(status: str) -> Callable[[Route], None]:
    body = {"code": CODES[status], "message": "Somebody who owns it may let you in.", "details": {}}
    headers = {"X-Request-Id": REQUEST_ID}

    def act(route: Route) -> None:
        route.fulfill(status=int(status), json=body, headers=headers)

    return act


def say(key: str) -> str:
    section, name = key.split(".")
    return str(WORDS[section][name])


def fails_and_comes_back(walk: Walk, path: str, title: str) -> None:
    """See the failure told with a way to try again, which works once the server does."""
    page = walk.page
    page.goto(path)
    told = page.get_by_text(title, exact=True).first
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    if title == say("error.title"):
        expect(page.get_by_text(REQUEST_ID).first).to_be_visible(timeout=PATIENCE_MS)
    walk.relieve()
    again = page.get_by_role("button", name=say("common.retry"))
    for _ in range(MOST_PARTS):
        if not again.count():
            break
        left = again.count()
        again.first.click()
        # What comes back may show a part of it that had failed by itself.
        page.wait_for_function(FEWER, arg=[say("common.retry"), left], timeout=PATIENCE_MS)
        page.wait_for_timeout(PART_MS)
    expect(told).to_have_count(0, timeout=PATIENCE_MS)
    expect(again).to_have_count(0, timeout=PATIENCE_MS)


def is_told(walk: Walk, path: str, title: str) -> None:
    page = walk.page
    page.goto(path)
    expect(page.get_by_text(title, exact=True).first).to_be_visible(timeout=PATIENCE_MS)


def waits(walk: Walk, path: str) -> None:
    """See that a page which waits for its data says so, and shows them when they come."""
    page = walk.page
    page.goto(path)
    waiting = page.locator(".skeleton, [aria-busy=true]").first
    expect(waiting).to_be_attached(timeout=SOON_MS)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=PATIENCE_MS)


def stands(walk: Walk, path: str) -> None:
    """See that the page stays up when all but its first request fail."""
    page = walk.page
    page.goto(path)
    expect(page.locator("h1").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=PATIENCE_MS)


def late(page: Page) -> Callable[[Route], None]:
    def act(route: Route) -> None:
        page.wait_for_timeout(LATE_MS)
        route.fallback()

    return act


def all_but_the_first(walk: Walk) -> Callable[[Route], None]:
    def act(route: Route) -> None:
        if walk.own[-1] == walk.own[0]:
            route.fallback()
        else:
            refuse("500")(route)

    return act


STATES: dict[str, Callable[[Walk, str], None]] = {
    "500": lambda walk, path: fails_and_comes_back(walk, path, say("error.title")),
    "part": stands,
    "aborted": lambda walk, path: fails_and_comes_back(walk, path, say("error.offline")),
    "404": lambda walk, path: is_told(walk, path, say("missing.title")),
    "403": lambda walk, path: is_told(walk, path, say("error.forbidden")),
    "slow": waits,
}


ASIDE = {
    **{
        ("register", state): "no proposals while a context is typed"
        for state in (*CODES, "aborted")
    },
    ("compare", "404"): "each model says by itself why it is not compared",
    ("compare", "403"): "each model says by itself why it is not compared",
}
"""Where a page goes on without what failed, and how."""


def try_state(walk: Walk, name: str, path: str, state: str) -> list[str]:
    """Bring a page into a state; return what is wrong with how it shows that."""
    at = f"{name} {state}"
    if (name, state) in ASIDE:
        return []
    acts = {
        "aborted": lambda route: route.abort(),
        "slow": late(walk.page),
        "part": all_but_the_first(walk),
    }
    walk.own.clear()
    walk.befall(acts[state] if state in acts else refuse(state))
    wrong: list[str] = []
    try:
        STATES[state](walk, path)
    except (AssertionError, Error) as error:
        # A page that asks for nothing of its own, or for one thing alone, has no such state.
        if len(set(walk.own)) > (state == "part"):
            wrong.append(f"{at}: {str(error).splitlines()[0]} ({walk.own[0]})")
    finally:
        walk.relieve()
    return wrong + walk.faults(at)
