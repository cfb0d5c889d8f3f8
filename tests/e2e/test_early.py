"""What a page needs is asked for before its script has come, and not once more when it has."""

from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window
from tests.e2e.tour import visit

MODEL = "admin/early"
BARE = "admin/early-and-bare"
ABOUT = {"service_type": "image-classification", "summary": "Early.", "license": "Apache-2.0"}
EARLY = {
    "/": ["/api/v1/session", "/api/v1/model-groups", "/api/v1/contexts?q=&limit=7"],
    "/models": ["/api/v1/session", "/api/v1/models", "/api/v1/service-types"],
    f"/models/{MODEL}": ["/api/v1/session", "/api/v1/service-types"],
}
PARTS = ["", "/readme", "/artifacts", "/benchmarks", "/refs", "/files?ref=main"]
INITIATORS = "address => performance.getEntriesByName(address).map(entry => entry.initiatorType)"


@pytest.mark.browser
def test_the_first_data_of_a_page_is_asked_for_once_and_before_its_script(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Early\n")
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    with Client(product.url, token) as client:
        client.push(MODEL, {"README.md": readme}, register=ABOUT)
        owner, name = BARE.split("/")
        client.server.post("/models", {"owner": owner, "name": name, **ABOUT})

    page = open_window(browser, product, window="phone", theme="light", locale="ko")
    page.get_by_role("heading", level=1).wait_for()
    for path, addresses in EARLY.items():
        visit(page, path)
        for address in addresses:
            assert page.evaluate(INITIATORS, product.url + address) == ["link"], address
    # Whichever sheet comes first: a README's heading is larger than its text.
    assert page.locator(".readme h2").evaluate("it => getComputedStyle(it).fontSize") == "24px"
    for part in PARTS:
        address = f"{product.url}/api/v1/models/{MODEL}{part}"
        assert page.evaluate(INITIATORS, address) == ["fetch"], part
    # The README's styles came before the portal's own, and are not undone by them.
    expect(page.locator(".readme h2").first).to_have_css("font-weight", "700")

    # A model without files has no parts: asking for them would be refused.
    visit(page, f"/models/{BARE}")
    assert page.evaluate(INITIATORS, f"{product.url}/api/v1/models/{BARE}") == ["fetch"]
    assert page.evaluate(INITIATORS, f"{product.url}/api/v1/models/{BARE}/readme") == []
    page.context.close()
