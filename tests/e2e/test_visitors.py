"""Somebody who did not sign in: what is public is there, and what needs an account leads to it."""

from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, Page, expect

from tests.e2e.house import PASSWORD, Product
from tests.e2e.tour import write_network

TABS = ["files", "versions", "artifacts", "benchmarks", "graph", "api"]


def publish(product: Product, folder: Path) -> None:
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    write_network(folder / "model.onnx")
    (folder / "README.md").write_text("# Seen from the street\n")
    files = {name: folder / name for name in ("model.onnx", "README.md")}
    about = {"service_type": "image-classification", "summary": "Seen from the street"}
    with Client(product.url, token) as client:
        for name, visibility in (("shown", "public"), ("hushed", "internal")):
            named = {**about, "visibility": visibility}
            client.push(f"admin/{name}", files, message="First", register=named)


def look_around(page: Page, folder: Path) -> None:
    page.goto("/models")
    expect(page.get_by_text("hushed")).to_have_count(0)
    page.get_by_role("link", name="shown").click()
    expect(page.get_by_role("heading", name="Seen from the street")).to_be_visible()
    for tab in TABS:
        page.locator(f"[data-tabs] a[href$='/{tab}']").click()
        expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download", exact=True).click()
    begun.value.save_as(folder / "downloaded")
    assert (folder / "downloaded").read_bytes() == (folder / "model.onnx").read_bytes()


@pytest.mark.browser
def test_a_visitor_sees_what_is_public_and_signs_in_where_it_is_needed(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    publish(product, tmp_path)
    context = browser.new_context(base_url=product.url)
    context.add_init_script("localStorage.setItem('ondol.locale', 'en')")
    page = context.new_page()
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if not answer.ok else None)
    look_around(page, tmp_path)
    assert refused == []

    page.goto("/models/admin/hushed")
    expect(page.get_by_label("User name")).to_be_visible()
    page.goto("/models/admin/shown")
    page.get_by_role("link", name="Measure").click()
    page.get_by_label("User name").fill("admin")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Measure")).to_be_visible()
    context.close()
