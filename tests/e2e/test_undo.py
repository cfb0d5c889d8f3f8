"""What is done to several people at once, and acts that a click takes back."""

import re
from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, Page, expect

from tests.e2e.house import Product, open_window

PEOPLE = """
from portal.accounts.models import User
from portal.accounts.services.people import create_user
from portal.accounts.services.teams import create_team
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
for name in ("harbor-ann", "harbor-ben"):
    create_token(create_user(name, None), name="night job", scope=Scope.READ)
create_team("harbor", "Harbor", owner=User.objects.get(username="admin"))
"""
TOKENS = """
from portal.accounts.models import ApiToken
print(ApiToken.objects.filter(user__username__startswith="harbor-", revoked_at=None).count())
"""
MODEL = "admin/harbor-gate"
ABOUT = {"service_type": "image-classification", "summary": "A gate.", "license": "Apache-2.0"}


def choose(page: Page) -> None:
    for name in ("harbor-ann", "harbor-ben"):
        page.get_by_label(f"Choose {name}", exact=True).check()


@pytest.mark.browser
def test_several_join_a_team_and_lose_their_tokens(browser: Browser, product: Product) -> None:
    product.once("shell", "-c", PEOPLE)
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto("/people")
    ann = page.get_by_role("row", name=re.compile("harbor-ann"))

    choose(page)
    page.get_by_role("button", name="Add to a team").click()
    page.get_by_role("menuitem", name="harbor").click()
    expect(page.get_by_text("2 accounts joined harbor.")).to_be_visible()
    expect(ann.get_by_role("cell").nth(2)).to_contain_text("harbor")
    page.get_by_role("button", name="Undo").click()
    expect(ann.get_by_role("cell").nth(2)).not_to_contain_text("harbor")

    choose(page)
    page.get_by_role("button", name="End all tokens").click()
    dialog = page.get_by_role("dialog")
    act = dialog.get_by_role("button", name="End all tokens")
    expect(act).to_be_disabled()
    dialog.get_by_label("Type how many accounts lose their tokens: 2").fill("2")
    act.click()
    expect(page.get_by_text("All tokens of 2 accounts are ended.")).to_be_visible()
    expect(dialog).to_have_count(0)
    # What cannot be taken back is not offered to be.
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert product.manage("shell", "-c", TOKENS).splitlines()[-1] == "0"

    page.context.close()


@pytest.mark.browser
def test_who_was_taken_out_of_a_team_comes_back_as_what_they_were(
    browser: Browser, product: Product
) -> None:
    product.once("shell", "-c", PEOPLE)
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto("/people/teams")
    harbor = page.locator("section").filter(has_text="harbor/")
    harbor.get_by_placeholder("Account name").fill("harbor-ann")
    harbor.get_by_role("button", name="Add", exact=True).click()
    # A list shows what was chosen at once; only another visit shows what was kept.
    with page.expect_response("**/teams/harbor/members/harbor-ann"):
        page.get_by_label("Role of harbor-ann").select_option("owner")
    page.reload()
    expect(page.get_by_label("Role of harbor-ann")).to_have_value("owner")
    page.get_by_role("button", name="Take harbor-ann out").click()
    expect(page.get_by_text("harbor-ann is not in Harbor any more.")).to_be_visible()
    expect(page.get_by_label("Role of harbor-ann")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Role of harbor-ann")).to_have_value("owner")
    page.context.close()


@pytest.mark.browser
def test_merged_contexts_and_a_moved_alias_are_taken_back(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    readme = tmp_path / "README.md"
    with Client(product.url, token) as client:
        for text in ("# One\n", "# Two\n"):
            readme.write_text(text)
            client.push(MODEL, {"README.md": readme}, message=text[2:5], register=ABOUT)
        first = client.server.get(f"/models/{MODEL}/revisions")["results"][1]["id"]
        body = {"kind": "alias", "name": "stable", "revision": first}
        client.server.post(f"/models/{MODEL}/refs", body)
        for slug in ("harbor-quay", "harbor-pier"):
            client.server.post(
                "/contexts", {"slug": slug, "label_en": slug, "label_ko": slug, "kind": "place"}
            )

    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto("/contexts/harbor-quay")
    page.get_by_role("button", name="Merge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Context that stays").fill("harbor-pier")
    dialog.get_by_role("button", name="Merge").click()
    page.wait_for_url("**/contexts/harbor-pier")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    page.wait_for_url("**/contexts/harbor-quay")
    expect(page.get_by_role("heading", level=1)).to_contain_text("harbor-quay")

    page.goto(f"/models/{MODEL}/versions")
    newest = page.get_by_role("listitem").filter(has_text="Two")
    newest.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Make it Recommended").click()
    expect(newest.get_by_title("stable")).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(newest.get_by_title("stable")).to_have_count(0)
    expect(
        page.get_by_role("listitem").filter(has_text="One").get_by_title("stable")
    ).to_be_visible()
    page.context.close()


@pytest.mark.browser
def test_a_file_tells_what_became_of_it(browser: Browser, product: Product, tmp_path: Path) -> None:
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    with Client(product.url, token) as client:
        for name, text in (("README.md", "# One\n"), ("other.md", "-\n"), ("README.md", "# Two\n")):
            (tmp_path / name).write_text(text)
            client.push(
                "admin/told", {name: tmp_path / name}, message=f"It says {text}", register=ABOUT
            )

    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.goto("/models/admin/told/files")
    page.get_by_role("link", name="README.md", exact=True).click()
    page.get_by_role("link", name="History").click()
    rows = page.get_by_role("list", name="History").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("It says # Two")
    rows.nth(1).get_by_role("link", name="It says # One").click()
    expect(page.get_by_role("region", name="README.md")).to_contain_text("# One")
    page.go_back()
    rows.nth(0).get_by_role("link", name="Changes of").click()
    expect(page.get_by_role("region", name="Changes", exact=True)).to_contain_text("README.md")
    page.context.close()


@pytest.mark.browser
def test_a_missing_model_is_asked_for_once(browser: Browser, product: Product) -> None:
    page = open_window(browser, product, window="desktop", theme="light", locale="en")
    page.get_by_role("heading", level=1).wait_for()
    said: list[str] = []
    page.on(
        "console",
        lambda message: said.append(message.location["url"]) if message.type == "error" else None,
    )

    page.goto("/models/admin/never-there")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_timeout(1000)

    assert len(said) == 1, said
    page.context.close()
