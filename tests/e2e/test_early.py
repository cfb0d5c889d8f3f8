"""What a page needs is asked for before its script has come, and not once more when it has."""

import pytest
from playwright.sync_api import Browser

from tests.e2e.house import Product, open_window
from tests.e2e.tour import visit

EARLY = {
    "/": ["/api/v1/session", "/api/v1/model-groups", "/api/v1/contexts?q=&limit=7"],
    "/models": ["/api/v1/session", "/api/v1/models"],
}
INITIATORS = "address => performance.getEntriesByName(address).map(entry => entry.initiatorType)"


@pytest.mark.browser
def test_the_first_data_of_a_page_is_asked_for_once_and_before_its_script(
    browser: Browser, product: Product
) -> None:
    page = open_window(browser, product, window="phone", theme="light", locale="ko")
    page.get_by_role("heading", level=1).wait_for()
    for path, addresses in EARLY.items():
        visit(page, path)
        for address in addresses:
            assert page.evaluate(INITIATORS, product.url + address) == ["link"], address
    page.context.close()
