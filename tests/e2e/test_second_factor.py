"""A second factor, from its picture to the code at the door."""

import base64
import re

import pytest
from django_otp.oath import totp
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import broken_rules
from tests.e2e.house import PASSWORD, Product, open_window

KEY = re.compile(r"(?:[A-Z2-7]{4} ?){8}")
RECOVERY = re.compile(r"(?:[a-z2-7]{4}-){3}[a-z2-7]{4}")


def set_up(page: Page) -> str:
    """Turn the second factor on; return a recovery code."""
    page.goto("/settings")
    page.get_by_role("button", name="Set it up").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    code = dialog.get_by_label("Code", exact=True)
    expect(code).to_be_visible()
    assert broken_rules(page) == []
    key = KEY.search(dialog.inner_text())
    assert key is not None
    code.fill(f"{totp(base64.b32decode(key[0].replace(' ', ''))):06}")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text(RECOVERY)
    recovery = RECOVERY.search(dialog.inner_text())
    assert recovery is not None
    return recovery[0]


@pytest.mark.browser
def test_who_has_a_second_factor_is_asked_for_a_code(browser: Browser, product: Product) -> None:
    page = open_window(
        browser, product, window="desktop", theme="light", locale="en", bypass_csp=True
    )
    recovery = set_up(page)
    page.context.close()

    door = browser.new_context(base_url=product.url, locale="en-US").new_page()
    door.goto("/login")
    door.get_by_label("User name").fill("admin")
    door.locator("input[type=password]").fill(PASSWORD)
    door.keyboard.press("Enter")
    code = door.get_by_label("Code", exact=True)
    code.fill("000000")
    door.keyboard.press("Enter")
    expect(door.get_by_role("alert")).to_be_visible()
    code.fill(recovery)
    door.keyboard.press("Enter")
    door.wait_for_url(f"{product.url}/")
    door.context.close()
    product.manage("reset_second_factor", "admin")
