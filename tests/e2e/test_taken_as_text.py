"""A slice of `make soak ONLY=xss`: hostile texts in every place, shown by Chromium."""

import pytest
from playwright.sync_api import Browser

from tests.e2e.house import Product
from tests.soak.payloads import FAMILIES, payloads
from tests.soak.xss import Watcher, changes_again, shown

SEED = 7


def test_each_seed_makes_its_own_texts_from_every_family() -> None:
    assert payloads(50, SEED) == payloads(50, SEED) != payloads(50, SEED + 1)
    assert len(set(payloads(1500, SEED))) == 1500
    assert len({family.__name__ for family in FAMILIES}) == len(FAMILIES)


def test_a_text_made_safe_twice_is_the_same() -> None:
    assert not [text for text in payloads(200, SEED) if changes_again(text)]


@pytest.mark.browser
def test_hostile_texts_run_nothing_and_fetch_nothing(browser: Browser, product: Product) -> None:
    watcher = Watcher(browser, product, policy=False)
    assert not shown(product, [watcher], payloads(30, SEED))
    # What watches would have seen it.
    watcher.page.evaluate("document.body.innerHTML = '<img src=x onerror=hit(1)>'")
    watcher.page.wait_for_function("window.hits.length === 1")
