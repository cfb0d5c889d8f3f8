"""The whole product in processes of its own, as `make serve` starts it, and a person's window."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.services import ROOT, free_port

PASSWORD = "correct-horse-9"
PATIENCE_S = 180
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
ARGS = [*QUIET, "--disable-component-update"]
WINDOWS = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@dataclass(frozen=True)
class Product:
    url: str
    home: Path
    environment: dict[str, str]
    said: dict[tuple[str, ...], str] = field(default_factory=dict)

    def once(self, *words: str) -> str:
        """Run a command that one product needs once; return what it printed then."""
        if words not in self.said:
            self.said[words] = self.manage(*words)
        return self.said[words]

    def manage(self, *words: str) -> str:
        """Run a command of the product and return what it printed."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def open_house(home: Path, **settings: str) -> Iterator[Product]:
    """Start the product, with a runner of this machine beside it, and end both afterwards."""
    port = free_port()
    environment = {
        **os.environ,
        "ONDOL_HOME": str(home),
        "ONDOL_ADMIN_PASSWORD": PASSWORD,
        "ONDOL_HOST_LOCK": str(home / "host.lock"),
        "ONDOL_ELASTICSEARCH_INDEX": f"ondol-e2e-{port}",
        # A busy machine must not make every search a degraded one.
        "ONDOL_SEARCH_PATIENCE_S": "5",
        "ONDOL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        # A device that is gone is known to be so within a test's patience.
        "ONDOL_CLAIM_WAIT_S": "4",
        "ONDOL_ONLINE_WITHIN_S": "8",
        "ONDOL_WEBHOOK_PRIVATE": "true",
        "ONDOL_SPOT_CHECK_SHARE": "0",
        **settings,
    }
    # pytest runs with the settings of tests; the product runs with its own.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    product = Product(environment["ONDOL_PUBLIC_URL"], home, environment)
    serve = [sys.executable, "-m", "portal.launch", "serve", "--port", str(port)]
    with subprocess.Popen(serve, cwd=ROOT, env=environment, start_new_session=True) as house:
        try:
            wait_until_ready(product.url, house)
            code = product.manage("invite_runner", "this-machine")
            runner = [sys.executable, "-m", "portal.launch.local_runner", product.url]
            with subprocess.Popen(
                [*runner, str(home / "runner"), code], cwd=ROOT, env=environment
            ) as agent:
                try:
                    yield product
                finally:
                    agent.terminate()
        finally:
            house.terminate()


def wait_until_ready(url: str, house: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and house.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"The product did not start at {url}.")


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        yield browser
        browser.close()


def open_window(
    browser: Browser, product: Product, *, window: str, theme: str, locale: str, **more: bool
) -> Page:
    """Open a window of a size, a theme and a language, and sign in as the administrator."""
    viewport = WINDOWS[window]
    context = browser.new_context(
        base_url=product.url,
        viewport={"width": viewport["width"], "height": viewport["height"]},
        bypass_csp=more.get("bypass_csp", False),
    )
    # A frame without an origin, as Netron's, has no storage to write to.
    for key, value in (("locale", locale), ("theme", theme)):
        context.add_init_script(f"self === top && localStorage.setItem('ondol.{key}', '{value}')")
    page = context.new_page()
    sign_in(page, product)
    return page


def sign_in(page: Page, product: Product) -> None:
    """Sign in as the administrator, and wait for the entry page."""
    page.goto("/login")
    page.locator("input").first.fill("admin")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_url(f"{product.url}/")
