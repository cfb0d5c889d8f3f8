"""A model leaves as one archive and comes back under another name, all in the portal."""

from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window


@pytest.mark.browser
def test_a_model_leaves_as_an_archive_and_comes_under_another_name(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    card = tmp_path / "README.md"
    card.write_text("---\nlicense: mit\n---\n# Traveler\n", "utf-8")
    with Client(product.url, token) as client:
        client.push("admin/traveler", {"README.md": card})
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto("/models/admin/traveler/files")
    with page.expect_download() as leaving:
        page.get_by_role("link", name="Export").click()
    archive = tmp_path / leaving.value.suggested_filename
    leaving.value.save_as(archive)

    page.goto("/models/new")
    page.get_by_role("button", name="Open an archive").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(archive)
    dialog.get_by_role("button", name="Bring it in").click()
    expect(dialog.get_by_text("This name is taken.")).to_be_visible()
    dialog.get_by_label("Name").fill("settler")
    dialog.get_by_role("button", name="Bring it in").click()

    page.wait_for_url("**/models/admin/settler")
    expect(page.get_by_role("heading", name="Traveler")).to_be_visible()
    expect(page.get_by_text("admin/settler is here: 1 versions")).to_be_visible()
    page.context.close()
