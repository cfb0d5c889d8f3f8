"""From half a word to the models of a situation, and out of an empty result again."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.house import Product, open_window

PARKING = quote("주차")


@pytest.mark.browser
def test_a_situation_is_found_by_half_a_word_and_walked_on_from(
    browser: Browser, product: Product
) -> None:
    product.once("import_catalog", "repository/catalog/sample")
    product.manage("search_rebuild")
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    _ask(page)
    _narrow(page)
    _walk(page)


def _ask(page: Page) -> None:
    box = page.get_by_role("combobox", name="Search models and contexts")
    expect(box).to_be_visible()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    box.fill("주ㅊ")
    offered = page.get_by_role("listbox").get_by_role("option")
    expect(offered.first).to_contain_text("parking")
    box.fill("wnck eksthr")
    box.press("Enter")
    expect(page.get_by_text("Searched for “주차 단속”")).to_be_visible()
    results = page.get_by_role("row")
    expect(results.get_by_role("link", name=re.compile("^catalog")).first).to_be_visible()
    expect(results.get_by_text("parking enforcement").first).to_be_visible()


def _narrow(page: Page) -> None:
    page.goto(f"/models?q={PARKING}")
    facets = page.get_by_role("complementary", name="Filters")
    facets.get_by_role("checkbox").first.click()
    expect(page).to_have_url(re.compile(r"q=.+&\w+="))
    dropping = re.compile("^Drop ")
    expect(page.get_by_role("button", name=dropping)).to_be_visible()

    # Too narrow: the page says which filter to drop.
    page.goto(f"/models?q={PARKING}&service_type=dialogue-text&format=gguf")
    page.get_by_role("link", name=dropping).first.click()
    expect(page).not_to_have_url(re.compile("service_type=dialogue-text&format=gguf"))


def _walk(page: Page) -> None:
    # Each model says which part of two it has, and which not.
    page.goto(f"/models?q={quote('야간 보행자')}")
    parts = page.get_by_role("list", name="What you asked for").first.get_by_role("img")
    expect(parts.first).to_have_accessible_name(re.compile("^(met|something near|not met)$"))
    related = page.get_by_role("definition").get_by_role("link")
    related.last.click()
    expect(page).to_have_url(re.compile(r"q=.+(\+|%20).+(\+|%20)"))

    page.goto("/contexts/parking-enforcement")
    expect(page.get_by_role("heading", name="parking enforcement")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("img", name=re.compile("related contexts"))).to_be_visible()
    page.get_by_role("cell", name="number plate").get_by_role("link").click()
    expect(page.get_by_role("heading", name="number plate")).to_be_visible()
