"""Netron beside us: it opens a real model, and nobody outside hears of it."""

from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, Request, expect

from tests.e2e.house import Product, open_window
from tests.e2e.tour import write_network

MODEL = "admin/raw"


@pytest.fixture
def model(product: Product, tmp_path: Path) -> str:
    write_network(tmp_path / "model.onnx")
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    about = {"service_type": "image-classification", "visibility": "private"}
    with Client(product.url, token) as client:
        files = {"model.onnx": tmp_path / "model.onnx"}
        client.push(MODEL, files, message="First", register=about)
    return MODEL


@pytest.mark.browser
def test_the_raw_view_opens_a_model_without_a_request_to_anybody_else(
    browser: Browser, product: Product, model: str
) -> None:
    page = open_window(browser, product, window="desktop", theme="dark", locale="en")
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.context.on("request", note)

    page.goto(f"/models/{model}/graph")
    page.get_by_role("link", name="Raw view").click()
    inside = page.frame_locator("iframe")

    drawn = inside.locator("svg").get_by_text("GlobalAveragePool")
    expect(drawn.first).to_be_visible(timeout=60_000)
    outside = [
        one.url for one in asked if not one.url.startswith((f"{product.url}/", "data:", "blob:"))
    ]
    assert outside == []
    fetched = [one for one in asked if one.url.startswith(f"{product.url}/bytes/")]
    assert len(fetched) == 1
    assert "cookie" not in fetched[0].all_headers()
    page.locator("section a[target=_blank]").focus()
    page.keyboard.press("Tab")
    expect(page.locator("iframe")).to_have_css("outline-style", "solid")
    page.get_by_role("link", name="Back to the graph").click()
    expect(page.get_by_role("region", name="Outline")).to_be_visible()
    page.get_by_role("radio", name="Error").check(force=True)
    expect(page.get_by_text("No quantization measured yet")).to_be_visible()
    page.context.close()
