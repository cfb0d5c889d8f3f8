"""The graph of a model by the keyboard alone."""

from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window
from tests.e2e.tour import write_network

MODEL = "admin/walked"


@pytest.mark.browser
def test_keys_walk_from_box_to_box_unfold_them_and_close_the_outline(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    write_network(tmp_path / "model.onnx")
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    about = {"service_type": "image-classification", "visibility": "private"}
    with Client(product.url, token) as client:
        files = {"model.onnx": tmp_path / "model.onnx"}
        client.push(MODEL, files, message="First", register=about)
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto(f"/models/{MODEL}/graph")
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
