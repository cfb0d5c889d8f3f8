"""From the figures of all models to some of them side by side."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window

CHART_MS = 20_000
"""The chart and its library come after the table, later still on a busy machine."""


@pytest.mark.browser
def test_figures_are_narrowed_picked_and_compared(browser: Browser, product: Product) -> None:
    product.once("import_catalog", "repository/catalog/sample")
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.get_by_role("link", name="Benchmarks").click()
    page.get_by_label("Metric").first.select_option("mAP")
    page.get_by_label("Typical under").fill("20")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Accuracy").click()
    expect(page).to_have_url(re.compile(r"metric=mAP&max_p50_ms=20&sort=-accuracy"))
    expect(page.get_by_role("columnheader", name="Accuracy")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(page.locator("canvas")).to_be_visible(timeout=CHART_MS)
    with page.expect_download() as export:
        page.get_by_role("link", name="Export CSV").click()
    lines = export.value.path().read_text().splitlines()
    assert lines[0].startswith("model,format,precision")
    assert {line.split(",")[13] for line in lines[1:]} == {"mAP"}

    # A device file that was measured on several boards is chosen once.
    for box in page.get_by_role("checkbox", name="Compare catalog").all()[:3]:
        box.check()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    expect(page).to_have_url(re.compile(r"(m=[^&]+@\d+&?){2,}"))
