"""The whole product for a browser: every process of it, and Debian's Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.house import ARGS, PASSWORD, Product, chromium, open_house

__all__ = ["PASSWORD", "Product"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the journey come first: it begins in an empty portal, and there is one for all."""
    items.sort(key=lambda item: item.path.name != "test_journey.py")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium(), "args": ARGS}


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start the product as `make serve` does, with a runner of this machine beside it."""
    with open_house(tmp_path_factory.mktemp("home")) as opened:
        yield opened
