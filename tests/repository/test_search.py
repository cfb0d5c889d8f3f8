import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from repository.search.elastic import ElasticIndex
from repository.search.sqlite import SqliteIndex
from repository.search.types import Document, SearchIndex, Wanted
from repository.services.ai_models import register_model
from repository.services.indexing import rebuild_index
from tests.cast import Cast
from tests.conftest import As

BACKENDS = ["sqlite", pytest.param("elasticsearch", marks=pytest.mark.live)]


@pytest.fixture(params=BACKENDS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    if request.param == "sqlite":
        yield SqliteIndex(tmp_path / "search.sqlite3")
        return
    found = ElasticIndex(os.environ["ONDOL_ELASTICSEARCH_URL"], "ondol-contract-tests")
    found.clear()
    yield found
    found.clear()


def document(model_id: int, **fields: object) -> Document:
    empty = {"name": "", "summary": "", "contexts": [], "context_words": "", "readme": ""}
    return Document(model_id=model_id, **{"row_version": 1, **empty, **fields})  # type: ignore[arg-type]


def found(index: SearchIndex, text: str, **contexts: float) -> list[int]:
    return [hit.model_id for hit in index.search(Wanted(text, contexts), most=10)]


def test_korean_of_two_syllables_is_found_with_its_particles(index: SearchIndex) -> None:
    index.put(document(1, readme="계량기 검침을 자동으로 합니다"))
    index.put(document(2, readme="주차 단속"))

    assert found(index, "검침") == [1]
    assert found(index, "자동검침") == []
    assert found(index, "주차") == [2]


def test_a_name_counts_more_than_a_readme(index: SearchIndex) -> None:
    index.put(document(1, readme="a forklift in a hall", name="one"))
    index.put(document(2, name="forklift", readme="something else"))
    index.put(document(3, name="three", readme="nothing of it"))

    assert found(index, "forklift") == [2, 1]


def test_a_context_counts_by_its_weight(index: SearchIndex) -> None:
    index.put(document(1, contexts=["night"]))
    index.put(document(2, contexts=["infrared"]))

    assert found(index, "zzz", night=0.4, infrared=0.9) == [2, 1]


def test_an_older_version_never_replaces_a_newer_one(index: SearchIndex) -> None:
    index.put(document(1, name="new", row_version=5))
    index.put(document(1, name="old", row_version=4))

    assert (found(index, "new"), found(index, "old")) == ([1], [])


def test_what_is_removed_is_not_found_and_may_be_removed_again(index: SearchIndex) -> None:
    index.put(document(1, name="gone", contexts=["night"]))
    index.remove(1)
    index.remove(1)

    assert found(index, "gone", night=1.0) == []


@pytest.mark.parametrize("text", ['"', "* OR name:x", "NEAR(a b)", "(", "'; DROP TABLE words; --"])
def test_query_syntax_is_only_text(index: SearchIndex, text: str) -> None:
    index.put(document(1, name="plain"))

    assert found(index, text) == []


def test_a_keyword_finds_by_context_and_then_by_relation(
    cast: Cast, vocabulary: None, as_user: As
) -> None:
    kinds = {"meter": ["meter-reading"], "gauge": ["industrial-gauge"], "cat": ["livestock"]}
    for name, contexts in kinds.items():
        changes = {"service_type": "factory-inspection", "contexts": contexts}
        register_model(cast.olga, owner="olga", name=f"m-{name}", changes=changes)  # type: ignore[arg-type]
    rebuild_index()
    answer = as_user(cast.rita).get("/api/v1/search", {"q": "검침"}).json()

    assert [hit["model"]["id"] for hit in answer["results"]] == ["olga/m-meter", "olga/m-gauge"]
    assert [hit["reasons"][0]["kind"] for hit in answer["results"]] == ["context", "related"]
    english = as_user(cast.rita).get("/api/v1/search", {"q": "utility meter"}).json()
    assert "olga/m-meter" in [hit["model"]["id"] for hit in english["results"]]
