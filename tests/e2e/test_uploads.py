"""A large file on its way from a browser: cut off, reloaded, and on from where it was."""

import json
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.house import Product, open_window

MEBIBYTE = 2**20
CHUNK = 8 * MEBIBYTE
SIZE = 20 * MEBIBYTE
PART_MS = 30_000


def large_file(folder: Path) -> Path:
    header = {"w": {"dtype": "U8", "shape": [SIZE], "data_offsets": [0, SIZE]}}
    text = json.dumps(header).encode()
    path = folder / "large.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(SIZE))
    return path


@pytest.mark.browser
def test_an_upload_that_was_cut_goes_on_where_it_was(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    offsets: list[int] = []
    link_holds = False

    def carry(route: Route) -> None:
        at = route.request.headers.get("upload-offset")
        if route.request.method == "PATCH":
            if at != "0" and not link_holds:
                route.abort("internetdisconnected")
                return
            offsets.append(int(at or 0))
        route.continue_()

    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.route("**/api/v1/uploads/*", carry)
    page.goto("/models/new")
    page.locator("input[type=file]").set_input_files(large_file(tmp_path))
    expect(page.get_by_text("8.39 MB / 21.0 MB")).to_be_visible(timeout=PART_MS)

    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("reloaded at 40 %")
    link_holds = True
    page.locator("input[type=file]").set_input_files(tmp_path / "large.safetensors")
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=PART_MS)
    expect(page.get_by_text("21.0 M", exact=True)).to_be_visible()

    assert offsets == [0, CHUNK, 2 * CHUNK]
    page.context.close()
