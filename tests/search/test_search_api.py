"""What a search refuses, and that it answers everything else."""

from collections.abc import Callable

import pytest

from repository.models import AiModel
from repository.types import Visibility
from tests.cast import Cast
from tests.conftest import As

SEARCH = "/api/v1/search"


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"q": "가" * 10_000}, "query_too_long", "q"),
        ({"colour": "red"}, "unknown_filter", "colour"),
        ({"q": "x", "format": "exe"}, "invalid", "format"),
        ({"q": "x", "precision": ["int8", "int9"]}, "invalid", "precision"),
        ({"q": "x", "max_latency_ms": "nan"}, "invalid", "max_latency_ms"),
        ({"q": "x", "max_size_mb": "-1"}, "invalid", "max_size_mb"),
        ({"q": "x", "sort": "password"}, "invalid", "sort"),
        ({"q": "x", "cursor": "-5"}, "invalid", "cursor"),
        ({"q": "x", "cursor": "9999"}, "invalid", "cursor"),
        ({"q": "x", "context": "a\x00b"}, "invalid", "context.0"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(
    query: dict[str, str], code: str, field: str, cast: Cast, as_user: As
) -> None:
    answer = as_user(cast.rita).get(SEARCH, query)
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert field in answer.json()["details"]


@pytest.mark.parametrize(
    "text",
    ["!!!", "(\x00\x07", "zq\x00zq", '" OR 1=1 --', "(((", ".*.*.*.*x", "*?*?*?", "٣ 주차 ねこ"],
)
def test_what_names_nothing_finds_nothing(
    text: str, cast: Cast, as_user: As, registered: Callable[..., None]
) -> None:
    registered(yoga=["exercise"])
    answer = as_user(cast.rita).get(SEARCH, {"q": text})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def test_without_words_everything_that_fits_comes_newest_first_in_pages(
    cast: Cast, as_user: As, registered: Callable[..., None]
) -> None:
    registered(old=["exercise"], new=["exercise"], other=["night"])
    AiModel.objects.filter(name="m-other").update(visibility=Visibility.PRIVATE)
    client = as_user(cast.rita)

    first = client.get(SEARCH, {"context": "exercise", "limit": 1}).json()
    second = client.get(SEARCH, {"context": "exercise", "limit": 1, "cursor": first["next"]}).json()

    assert [row["model"]["name"] for row in first["results"]] == ["m-new"]
    assert [row["model"]["name"] for row in second["results"]] == ["m-old"]
    assert (first["total"], second["next"]) == (2, None)
    facets = {facet["name"]: facet["values"] for facet in first["facets"]}
    assert facets["context"] == [
        {"value": "exercise", "label_en": "exercise coaching", "label_ko": "운동 코칭", "count": 2}
    ]
    assert client.get(SEARCH, {"cursor": 200}).json()["results"] == []
