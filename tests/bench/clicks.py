"""How many clicks the portal's main errands take, each done in a browser to its end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Locator, Page, expect

from tests.bench.report import Ratio
from tests.e2e.house import open_browser, open_house, open_window
from tests.e2e.tour import MODEL, UNKNOWN, furnish

PATIENCE_MS = 30_000


@dataclass
class Hand:
    """Clicks, and counts them."""

    page: Page
    clicks: int = 0

    def click(self, target: Locator) -> None:
        target.click(timeout=PATIENCE_MS)
        self.clicks += 1


def find_a_fitting_model(hand: Hand) -> None:
    page = hand.page
    page.goto("/")
    hand.click(page.get_by_role("button", name="My device"))
    hand.click(page.get_by_role("menuitem").nth(2))
    row = page.get_by_role("row").filter(has_text="fits").first
    expect(row).to_be_visible(timeout=PATIENCE_MS)


def download(hand: Hand) -> None:
    page = hand.page
    page.goto("/models")
    hand.click(page.get_by_role("link", name=MODEL.replace("/", " / ")).first)
    with page.expect_download(timeout=PATIENCE_MS):
        hand.click(page.get_by_role("button", name="Download", exact=True).first)


def convert(hand: Hand) -> None:
    page = hand.page
    page.goto("/models")
    hand.click(page.get_by_role("link", name=MODEL.replace("/", " / ")).first)
    hand.click(page.get_by_role("button", name="Convert", exact=True))
    hand.click(page.get_by_role("dialog").get_by_role("button", name="Convert"))
    page.wait_for_url("**/jobs/*", timeout=PATIENCE_MS)


def find_the_cause_of_a_failure(hand: Hand) -> None:
    page = hand.page
    page.goto("/jobs")
    hand.click(page.get_by_role("row").filter(has_text=UNKNOWN.split("/")[1]).first.locator("a"))
    expect(page.get_by_text("org.example").first).to_be_visible(timeout=PATIENCE_MS)


def compare_three_models(hand: Hand) -> None:
    page = hand.page
    page.goto("/")
    for place in range(3):
        hand.click(page.get_by_role("checkbox").nth(place))
    hand.click(page.get_by_role("link", name="Compare"))
    expect(page.get_by_role("columnheader")).to_have_count(3, timeout=PATIENCE_MS)


ERRANDS: tuple[tuple[Callable[[Hand], None], int], ...] = (
    (find_a_fitting_model, 2),
    (download, 2),
    (convert, 3),
    (find_the_cause_of_a_failure, 1),
    (compare_three_models, 4),
)


def bench() -> list[Ratio]:
    with (
        TemporaryDirectory(prefix="ondol-") as folder,
        open_house(Path(folder)) as product,
        open_browser() as browser,
    ):
        furnish(product, Path(folder))
        page = open_window(browser, product, window="desktop", theme="light", locale="en")
        return [measure(page, errand, most) for errand, most in ERRANDS]


def measure(page: Page, errand: Callable[[Hand], None], most: int) -> Ratio:
    hand = Hand(page)
    errand(hand)
    name = errand.__name__.replace("_", " ")
    return Ratio(name, hand.clicks, "clicks", "goal", most, "<= 1")
