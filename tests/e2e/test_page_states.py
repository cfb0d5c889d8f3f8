"""A few pages in each state; `make soak ONLY=portal_states` does all."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window
from tests.e2e.states import PATIENCE_MS, Walk, say, try_state

SLICE = [
    ("jobs", "/jobs", "500"),
    ("devices", "/devices", "403"),
    ("context", "/contexts/night", "404"),
    ("benchmarks", "/benchmarks", "slow"),
]


@pytest.mark.browser
def test_a_page_says_what_befell_its_data_and_comes_back(
    browser: Browser, product: Product
) -> None:
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.get_by_role("heading", level=1).wait_for()
    walk = Walk(page)
    wrong = [line for case in SLICE for line in try_state(walk, *case)]
    assert wrong == []
    page.context.close()


@pytest.mark.browser
def test_a_page_that_is_wanted_while_the_line_is_cut_says_so_and_comes_with_it(
    browser: Browser, product: Product
) -> None:
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.get_by_role("link", name="Contexts", exact=True).wait_for()
    page.context.set_offline(True)
    page.get_by_role("link", name="Contexts", exact=True).click()
    expect(page.get_by_text(say("error.offline")).first).to_be_visible(timeout=PATIENCE_MS)
    page.context.set_offline(False)
    page.get_by_role("button", name=say("common.retry")).first.click()
    expect(page.get_by_role("heading", level=1, name="Contexts")).to_be_visible(timeout=PATIENCE_MS)
    page.context.close()
