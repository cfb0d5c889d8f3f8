"""An administrator and the people they invite."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, Product

LEAVE_OPEN = """
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    store = SessionStore(row.session_key)
    store["proved_at"] = 0
    store.save()
"""
NEW = "an-evening-by-the-river-4"


def enter(browser: Browser, product: Product) -> Page:
    context = browser.new_context(base_url=product.url, viewport={"width": 1440, "height": 900})
    context.add_init_script("localStorage.setItem('ondol.locale', 'en')")
    return context.new_page()


def invite(page: Page) -> str:
    """Sign in as the administrator, invite dongmin, and return the link."""
    page.goto("/login")
    page.get_by_label("User name").fill("admin")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("One account on each line").fill("dongmin, viewer")
    page.get_by_role("button", name="Make links").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="Close").last.click()
    return link


def deactivate_those_chosen_and_take_it_back(page: Page) -> None:
    row = page.get_by_role("row", name=re.compile("dongmin"))
    page.get_by_label("Choose dongmin", exact=True).check()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("1 account is signed out everywhere")).to_be_visible()
    expect(row).to_contain_text("deactivated")
    page.get_by_role("button", name="Undo").last.click()
    expect(row).to_contain_text("active")


@pytest.mark.browser
def test_an_administrator_invites_changes_and_deletes(browser: Browser, product: Product) -> None:
    page = enter(browser, product)
    link = invite(page)
    guest = enter(browser, product)
    guest.goto(link)
    guest.locator("input[type=password]").fill(NEW)
    guest.keyboard.press("Enter")
    expect(guest.get_by_role("button", name=re.compile("dongmin"))).to_be_visible()
    # Who only reads is offered neither a registration nor the people.
    expect(guest.get_by_role("link", name="Register model")).to_have_count(0)
    expect(guest.get_by_role("link", name="People")).to_have_count(0)

    page.reload()
    product.manage("shell", "-c", LEAVE_OPEN)
    page.get_by_label("Role of dongmin", exact=True).select_option("contributor")
    page.get_by_role("dialog", name="Confirm that it is you").locator("input").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("dongmin is now contributor")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("link", name="Register model").first).to_be_visible()

    deactivate_those_chosen_and_take_it_back(page)
    page.get_by_label("Role of admin").select_option("viewer")
    expect(page.get_by_text("is the only administrator")).to_be_visible()
    page.get_by_role("button", name="Actions for dongmin", exact=True).click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type dongmin to confirm").fill("dongmin")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("dongmin is deleted")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("link", name="Sign in")).to_be_visible()
