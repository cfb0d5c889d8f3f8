"""A slice of `make soak ONLY=calls`, last: what it leaves behind nobody asked for."""

import pytest

from tests.e2e.house import Product
from tests.soak.calls import call_all

SEED = 11


@pytest.mark.browser
def test_generated_calls_are_answered_as_the_document_says(product: Product) -> None:
    token = product.manage("create_token", "admin", "--scope", "admin").split()[-1]
    words = ("--seed", str(SEED), "--max-time", "8", "--no-shrink")
    calls, failures = call_all(product.url, token, *words)
    assert not failures, "\n".join(failures)
    assert calls
