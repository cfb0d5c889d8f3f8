"""The whole product for a browser: every process of it, and Debian's Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.house import ARGS, PASSWORD, Product, chromium, open_house
from tests.e2e.mailbox import Mailbox, open_mailbox
from tests.portal.provider import SECRET, Provider, running

__all__ = ["PASSWORD", "Product"]

# A machine that runs several tiers at a time answers late; what never comes still fails.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the journey come first: it begins in an empty portal, and there is one for all."""
    items.sort(key=lambda item: item.path.name != "test_journey.py")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium(), "args": ARGS}


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Run an OpenID provider that asks before it tells who somebody is."""
    with pytest.MonkeyPatch.context() as patch, running() as opened:
        # Of the provider, and of the product that is started after it.
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        opened.asks = True
        yield opened


@pytest.fixture(scope="session")
def product(
    tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox, provider: Provider
) -> Iterator[Product]:
    """Start the product as `make serve` does, with a runner of this machine beside it."""
    ways_in = {
        "ONDOL_OPEN_SIGN_UP": "contributor",
        "ONDOL_MAIL_URL": mailbox.url,
        "ONDOL_OIDC_ISSUER": provider.issuer,
        "ONDOL_OIDC_CLIENT_SECRET": SECRET,
        "ONDOL_OIDC_NAME": "the city",
    }
    with open_house(tmp_path_factory.mktemp("home"), **ways_in) as opened:
        yield opened
