"""What is wrong with a field is said in the language of who asks; codes stay as they are."""

import re
from collections.abc import Callable

import httpx
import pytest

from portal.accounts.models import User
from tests.cast import Cast

HANGUL = re.compile("[가-힣]")


@pytest.mark.parametrize(
    ("asked", "is_korean"),
    [({}, False), ({"Accept-Language": "ko"}, True), ({"Accept-Language": "fr, en;q=0.5"}, False)],
)
def test_a_field_is_told_of_in_the_language_that_was_asked_for(
    calls: Callable[[User], httpx.Client], cast: Cast, asked: dict[str, str], *, is_korean: bool
) -> None:
    client = calls(cast.olga)

    missing = client.post("/tokens", json={"name": ""}, headers=asked).json()
    ours = client.get("/models/olga/nothing", headers=asked).json()

    assert (missing["code"], list(missing["details"])) == ("invalid", ["name"])
    for sentences in missing["details"].values():
        assert all(bool(HANGUL.search(one)) == is_korean for one in sentences)
    assert ours["code"] == "no_such_model"
    assert not HANGUL.search(ours["message"])
