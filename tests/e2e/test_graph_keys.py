"""The graph of a model by the keyboard, and from its outline."""

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window
from tests.e2e.tour import write_network

MODEL = "admin/walked"


@pytest.fixture(scope="module")
def path(product: Product, tmp_path_factory: pytest.TempPathFactory) -> str:
    network = tmp_path_factory.mktemp("network") / "model.onnx"
    write_network(network)
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    about = {"service_type": "image-classification", "visibility": "private"}
    with Client(product.url, token) as client:
        client.push(MODEL, {"model.onnx": network}, message="First", register=about)
    return f"/models/{MODEL}/graph"


@pytest.mark.browser
def test_keys_walk_from_box_to_box_unfold_them_and_close_the_outline(
    browser: Browser, product: Product, path: str
) -> None:
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto(path)
    box = page.locator(".vue-flow__node")
    box.get_by_role("button", name="conv1").first.focus()
    facts = page.get_by_role("heading", level=2)

    page.keyboard.press("ArrowDown")
    expect(box.get_by_role("button", name="layer1.0").first).to_be_focused()
    expect(facts).to_have_text("layer1.0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(facts).to_have_text("layer1.0")

    page.keyboard.press("Enter")
    expect(box.get_by_role("button", name="Fold layer1.0")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(facts).to_have_text("Conv")

    outline = page.get_by_role("region", name="Outline")
    expect(outline).to_be_visible()
    page.keyboard.press("o")
    expect(outline).to_be_hidden()
    page.keyboard.press("o")
    expect(outline).to_be_focused()
    page.context.close()


@pytest.mark.browser
def test_what_is_found_in_the_outline_is_unfolded_and_brought_into_view(
    browser: Browser, product: Product, path: str
) -> None:
    page = open_window(browser, product, window="phone", theme="dark", locale="ko")
    page.goto(path)
    sought = page.locator('.vue-flow__node[data-id="/layer4/layer4.2/conv2"]')
    expect(page.locator(".vue-flow__node").first).to_be_visible()
    expect(sought).to_have_count(0)

    page.get_by_label("연산자나 텐서 찾기").fill("layer4.2/conv2")
    found = page.get_by_role("region", name="구성").get_by_role("button")
    expect(found).to_have_count(1)
    found.click()

    expect(sought.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    page.locator(".vue-flow").scroll_into_view_if_needed()
    expect(sought).to_be_in_viewport()
    page.context.close()
