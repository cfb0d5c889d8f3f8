"""Every page of the portal on every window: nothing too wide, nothing that a rule forbids."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.axe import broken_rules
from tests.e2e.house import PASSWORD, Product, open_window

LINES = """element => {
  const range = document.createRange()
  range.selectNodeContents(element)
  const tops = [...range.getClientRects()].filter(one => one.height > 12).map(one => one.top)
  return new Set(tops.slice(1).map(Math.round)).size
}"""
"""On how many lines the words of an icon with words are; the first box is the icon's."""


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


@pytest.mark.browser
def test_words_of_twice_the_size_stay_whole_on_a_phone(browser: Browser, product: Product) -> None:
    page = open_window(browser, product, window="phone", theme="light", locale="ko")
    page.set_viewport_size({"width": 360, "height": 800})
    for path in ("/", "/models/catalog/yolov8_det", "/jobs", "/benchmarks?view=table"):
        page.goto(path)
        expect(page.locator("h1").first).to_be_visible()
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{path} is {beyond} px too wide"
        for tab in page.locator("nav.fixed a, nav.fixed button").all():
            lines = tab.evaluate(LINES)
            assert lines == 1, f"{tab.inner_text()} takes {lines} lines"
    icon = page.locator("nav.fixed svg").first.bounding_box()
    assert icon is not None
    assert icon["width"] == 40
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_names_of_figures_are_not_cut(browser: Browser, product: Product, window: str) -> None:
    page = open_window(browser, product, window=window, theme="light", locale="en")
    page.goto("/benchmarks?view=table&find=mediapipe_hand_gesture")
    expect(page.locator("tr.row a").first).to_contain_text("mediapipe_hand_gesture")
    cut = page.locator("tr.row :is(a, p)").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
    )
    assert cut == []
    page.context.close()
