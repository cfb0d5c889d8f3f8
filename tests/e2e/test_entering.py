"""The ways in and out that a server may offer, one after another in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.house import PASSWORD, Product
from tests.e2e.mailbox import Mailbox
from tests.e2e.test_people import LEAVE_OPEN
from tests.portal.provider import Provider

LINK = re.compile(r"http://\S+/setup\?\S+")
NAME = "nari"
NEW = "an-evening-by-the-river-4"
NINA = {
    "sub": "u-1",
    "email": "nina@city.example",
    "email_verified": True,
    "preferred_username": "nina.s",
}


def leave(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()


def sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Create an account").click()
    # The page before has a field of the same name.
    expect(page.get_by_role("heading", name="Create an account")).to_be_visible()
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Address (optional)").fill(f"{NAME}@example.org")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile(NAME))).to_be_visible()


def reset_by_mail(page: Page, mailbox: Mailbox) -> None:
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("User name or address").fill(f"{NAME}@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_text("a link is on its way")).to_be_visible()
    link = LINK.search(mailbox.next_letter())
    assert link is not None
    page.goto(link[0])
    page.get_by_role("textbox").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile(NAME))).to_be_visible()
    leave(page, NAME)
    page.goto(link[0])
    page.get_by_role("textbox").fill("another-evening-5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def still_nina(page: Page, product: Product) -> None:
    """Who has no password here shows by the provider that it is still them."""
    product.manage("shell", "-c", LEAVE_OPEN)
    page.goto("/settings")
    page.get_by_role("button", name="New token").click()
    made = page.get_by_role("dialog", name="New token")
    made.get_by_label("Name").fill("ci")
    made.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    expect(dialog.get_by_role("link", name="the city")).to_be_visible()
    expect(dialog.locator("input")).to_have_count(0)
    dialog.get_by_role("link", name="the city").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()


def sign_on(page: Page, product: Product, provider: Provider) -> None:
    """Deny, then allow; the way back of the last time leads nobody in again."""
    provider.claims = dict(NINA)
    page.goto("/login?next=/jobs")
    page.get_by_role("link", name="the city").click()
    page.get_by_role("link", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text("did not allow")
    # Where the person wanted to go is not forgotten.
    page.get_by_role("link", name="the city").click()
    with page.expect_request(re.compile("/single-sign-on/callback")) as back:
        page.get_by_role("link", name="Allow").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    still_nina(page, product)
    leave(page, "nina.s")
    page.goto(back.value.url)
    expect(page.get_by_role("alert")).to_contain_text("Single sign-on did not work")


@pytest.mark.browser
def test_people_sign_up_come_back_by_mail_and_by_single_sign_on(
    browser: Browser, product: Product, mailbox: Mailbox, provider: Provider
) -> None:
    context = browser.new_context(base_url=product.url)
    context.add_init_script("localStorage.setItem('ondol.locale', 'en')")
    page = context.new_page()
    sign_up(page)
    leave(page, NAME)
    reset_by_mail(page, mailbox)
    sign_on(page, product, provider)
    context.close()
