"""A slice of `make soak ONLY=calls`, last: what it leaves behind nobody asked for."""

import pytest

from tests.e2e.house import Product
from tests.soak.calls import call_all

SEED = 11
TIMES_S = ("8", "60")
"""A busy machine may only read the document in the first of these."""


@pytest.mark.browser
def test_generated_calls_are_answered_as_the_document_says(product: Product) -> None:
    token = product.manage("create_token", "admin", "--scope", "admin").split()[-1]
    calls = 0
    for longest in TIMES_S:
        words = ("--seed", str(SEED), "--max-time", longest, "--no-shrink")
        calls, failures = call_all(product.url, token, *words)
        assert not failures, "\n".join(failures)
        if calls:
            break
    assert calls
