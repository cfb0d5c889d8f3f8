"""Fixtures that most tests share: the cast, and a client for each of them."""

import pytest

from tests.cast import Cast, people


@pytest.fixture
def cast(db: None) -> Cast:
    return people()
