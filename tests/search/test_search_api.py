"""A search by REST: its order, its pages, its facets."""

from collections.abc import Callable

from repository.models import AiModel
from repository.services.indexing import rebuild_index
from repository.types import Visibility
from tests.cast import Cast
from tests.conftest import As

SEARCH = "/api/v1/search"


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


def test_a_license_is_the_same_however_it_is_written(
    cast: Cast, as_user: As, registered: Callable[..., None]
) -> None:
    registered(form=["night"], card=["night"], own=["night"])
    for name, license_ in (("form", "MIT"), ("card", "mit"), ("own", "other")):
        AiModel.objects.filter(name=f"m-{name}").update(license=license_)
    rebuild_index()
    client = as_user(cast.rita)

    for asked, found in (("MIT", {"m-form", "m-card"}), ("other", {"m-own"})):
        answer = client.get(SEARCH, {"q": "night", "license": asked}).json()
        assert {row["model"]["name"] for row in answer["results"]} == found
        facets = {facet["name"]: facet["values"] for facet in answer["facets"]}
        counted = {row["value"]: row["count"] for row in facets["license"]}
        assert counted == {"mit": 2, "other": 1}
