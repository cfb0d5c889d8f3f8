"""A machine that connects by its one command, and is lost."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.house import Product, open_window
from tests.services import ROOT

LOST_MS = 40_000


@pytest.mark.browser
def test_a_device_is_added_by_its_code_and_shown_as_lost(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto("/devices")
    page.get_by_role("button", name="Add device").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the machine").fill("bench-7")
    dialog.get_by_role("button", name="Make the command").click()
    command = dialog.locator("code").first.inner_text()
    code = re.search(r"--code (\S+)", command)
    assert code is not None

    program = [sys.executable, "-m", "ondol_runner"]
    home = ["--home", str(tmp_path)]
    enroll = ["--server", product.url, "--code", code[1], "--device", "board-7"]
    subprocess.run([*program, "enroll", *home, *enroll], cwd=ROOT, check=True)
    row = page.get_by_role("row").filter(has_text="board-7")
    with subprocess.Popen([*program, "run", "--allow-root", *home], cwd=ROOT) as runner:
        try:
            expect(dialog.get_by_text("Connected: board-7")).to_be_visible(timeout=LOST_MS)
            dialog.get_by_role("button", name="Close").last.click()
            expect(row).to_contain_text("online")
        finally:
            runner.kill()
    expect(row).to_contain_text("offline", timeout=LOST_MS)
    page.context.close()
