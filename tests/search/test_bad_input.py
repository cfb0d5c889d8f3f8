"""What nobody should type, asked by REST of every backend: an answer or a clear refusal."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from repository.search.backend import search_index
from tests.cast import Cast
from tests.conftest import As
from tests.search.conftest import BACKENDS

SEARCH, SUGGEST = "/api/v1/search", "/api/v1/search/suggest"


@pytest.fixture(params=BACKENDS)
def client(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    cast: Cast,
    as_user: As,
    registered: Callable[..., None],
) -> Iterator[Client]:
    """Return a reader of a house with one model, on each backend in turn."""
    if request.param != "sqlite":
        url = os.environ["ONDOL_ELASTICSEARCH_URL"]
        index = {"elasticsearch_url": url, "elasticsearch_index": "ondol-bad-input"}
        env = settings.ENV.model_copy(update={**index, "search_patience_s": 10})
        monkeypatch.setattr(settings, "ENV", env)
    search_index.cache_clear()
    registered(yoga=["exercise"])
    yield as_user(cast.rita)
    search_index().clear()
    search_index.cache_clear()


def ask(client: Client, query: dict[str, Any], address: str = SEARCH) -> dict[str, Any]:
    answer = client.get(address, query)
    return {"status": answer.status_code, **answer.json()}


def finds_nothing(client: Client, text: str) -> bool:
    """Say whether these very letters find nothing, and a suggestion for them is answered."""
    suggested = ask(client, {"q": text}, SUGGEST)["status"]
    return suggested == 200 and ask(client, {"q": text, "exact": True})["results"] == []


def test_an_empty_query_is_everything(client: Client) -> None:
    for text in ("", " \t\n ", "\x00\x1f"):
        assert ask(client, {"q": text})["total"] == 1
        assert ask(client, {"q": text}, SUGGEST)["status"] == 200


def test_ten_thousand_characters_are_no_query(client: Client) -> None:
    for letter in "가*(漢":
        for address in (SEARCH, SUGGEST):
            refused = ask(client, {"q": letter * 10_000}, address)
            assert (refused["status"], refused["code"]) == (422, "query_too_long")


PUNCTUATION = ["!!!", "?" * 200, "…、。", "-_-", '"', "😀🫠"]
OPERATORS = [
    *('" OR 1=1 --', "'; DROP TABLE words; --", "* OR name:qqx", "NEAR(qqa qqb)", "qqx^9~2"),
    *("{!qq}", "+qqx -qqy", "_exists_:qqx", '{"qqmatch": {}}', "qqx AND NOT qqy", "\\", "((("),
]
BOMBS = [".*.*.*.*qqx", "(qq+)+$", "*?*?*?*?", "/qq{1,99}{1,99}/", "qq*" * 60]
SCRIPTS = [
    "٣ ねこ",
    "\uff51\uff51\uff58",
    "qqж漢字ぺ",
    "q\u0301\u0302qq",
    "\u202eqqx\u202c",
    "ㅂㅈㄷㄱ" * 40,
    "ﷺ" * 60,
]


@pytest.mark.parametrize("texts", [PUNCTUATION, OPERATORS, BOMBS, SCRIPTS])
def test_what_is_no_word_is_only_text(texts: list[str], client: Client) -> None:
    assert [text for text in texts if not finds_nothing(client, text)] == []


def test_control_characters_are_spaces(client: Client) -> None:
    for text in ("zq\x00zq", "(\x00\x07", "zq\r\nzq", "\x7fzq\x9b31m"):
        answer = ask(client, {"q": text})
        assert (answer["status"], answer["results"]) == (200, [])
        assert answer["query"].isprintable()


def test_what_nobody_sees_in_a_word_is_no_part_of_it(client: Client) -> None:
    seen = {
        ask(client, {"q": text})["query"] for text in ("주차", "주\u200b차", "\u202e주\ufeff차")
    }
    assert seen == {"주차"}


UNKNOWN: list[tuple[dict[str, Any], str, str]] = [
    ({"colour": "red"}, "unknown_filter", "colour"),
    ({"format": "exe"}, "invalid", "format"),
    ({"precision": ["int8", "int9"]}, "invalid", "precision"),
    ({"max_latency_ms": "nan"}, "invalid", "max_latency_ms"),
    ({"max_size_mb": "-1"}, "invalid", "max_size_mb"),
    ({"sort": "password"}, "invalid", "sort"),
    ({"context": "a\x00b"}, "invalid", "context.0"),
    ({"owner": ["a"] * 99}, "invalid", "owner"),
]


def test_unknown_filters_are_refused_by_field(client: Client) -> None:
    for query, code, field in UNKNOWN:
        refused = ask(client, {"q": "x", **query})
        assert (refused["status"], refused["code"]) == (422, code)
        assert field in refused["details"]


def test_pages_that_nobody_can_reach_are_refused(client: Client) -> None:
    for cursor in ("-5", "9999", "100000", "1e3", "x"):
        refused = ask(client, {"cursor": cursor})
        assert (refused["status"], refused["code"]) == (422, "invalid")


def test_a_page_past_the_end_is_empty(client: Client) -> None:
    answer = ask(client, {"cursor": "500"})
    assert (answer["results"], answer["total"], answer["next"]) == ([], 1, None)
