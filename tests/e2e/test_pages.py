"""Every page of the portal on every window: nothing too wide, nothing that a rule forbids."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.axe import broken_rules
from tests.e2e.house import PASSWORD, Product, open_window


@pytest.fixture(autouse=True)
def sample(product: Product) -> None:
    product.once("import_catalog", "repository/catalog/sample")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "locale", "width"),
    [("light", "en", 1440), ("dark", "ko", 1440), ("light", "ko", 390), ("dark", "en", 320)],
)
def test_every_page_fits_its_window(
    browser: Browser, product: Product, theme: str, locale: str, width: int
) -> None:
    context = browser.new_context(base_url=product.url, viewport={"width": width, "height": 844})
    context.add_init_script(f"localStorage.setItem('ondol.locale', '{locale}')")
    context.add_init_script(f"localStorage.setItem('ondol.theme', '{theme}')")
    page = context.new_page()
    page.goto("/login")
    page.locator("input").first.fill("admin")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_url(f"{product.url}/")

    for path in (
        "/",
        "/models",
        "/models/new",
        "/models/catalog/yolov8_det",
        "/jobs",
        "/devices",
        "/people",
        "/settings",
    ):
        page.goto(path)
        expect(page.locator("h1").first).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == locale
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{path} is {beyond} px too wide"
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(
    browser: Browser, product: Product, theme: str
) -> None:
    page = open_window(browser, product, window="phone", theme=theme, locale="ko", bypass_csp=True)
    for path in ("/", "/models/new", "/models/catalog/yolov8_det", "/help"):
        page.goto(path)
        expect(page.locator("h1").first).to_be_visible()
        page.wait_for_timeout(300)
        assert broken_rules(page) == [], path
    page.context.close()
