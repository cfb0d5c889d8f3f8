import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from repository.search.elastic import ElasticIndex
from repository.search.sqlite import SqliteIndex
from repository.search.types import Document, SearchIndex, Situation, Wanted
from repository.selectors.search import match_contexts, search_models
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
    url = os.environ["ONDOL_ELASTICSEARCH_URL"]
    found = ElasticIndex(url, "ondol-contract-tests", patience_s=10)
    found.clear()
    yield found
    found.clear()


def document(model_id: int, **fields: object) -> Document:
    empty = {"name": "", "summary": "", "contexts": [], "context_words": "", "readme": ""}
    return Document(model_id=model_id, **{"row_version": 1, **empty, **fields})  # type: ignore[arg-type]


def found(index: SearchIndex, text: str, **contexts: float) -> list[int]:
    situations = [Situation({slug: weight}) for slug, weight in contexts.items()]
    return [hit.model_id for hit in index.search(Wanted(text, situations), most=10)]


def test_korean_of_two_syllables_is_found_with_its_particles(index: SearchIndex) -> None:
    index.put(document(1, readme="계량기 검침을 자동으로 합니다"))
    index.put(document(2, readme="주차 단속"))

    assert found(index, "검침") == [1]
    assert found(index, "가스") == []
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


def test_a_situation_counts_once_however_many_of_its_contexts_a_model_has(
    index: SearchIndex,
) -> None:
    index.put(document(1, contexts=["night", "infrared", "rain"]))
    index.put(document(2, contexts=["night"]))
    near = Situation({"night": 1.0, "infrared": 0.9, "rain": 0.8})

    first, second = index.search(Wanted("zzz", [near]), most=10)

    assert first.score == pytest.approx(second.score)


def test_a_text_that_names_the_situation_is_found_without_its_context(index: SearchIndex) -> None:
    index.put(document(1, readme="Translates from English"))
    index.put(document(2, summary="Machine translation"))
    index.put(document(3, contexts=["machine-translation"]))
    index.put(document(4, readme="nothing of it"))
    asked = Situation({"machine-translation": 1.0}, ["machine translation", "translate"])

    hits = index.search(Wanted("번역", [asked]), most=10)

    assert [hit.model_id for hit in hits] == [3, 2, 1]


def test_more_of_the_words_rank_higher_and_endings_do_not_matter(index: SearchIndex) -> None:
    index.put(document(1, readme="a walking robot"))
    index.put(document(2, readme="robots that walk the dogs"))
    index.put(document(3, readme="cats"))

    assert found(index, "dog walking robot") == [2, 1]


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


@pytest.fixture
def models(cast: Cast, vocabulary: None) -> None:
    kinds = {
        "gate": ["surveillance"],
        "plates": ["number-plate"],
        "ears": ["sound-event"],
        "yoga": ["exercise"],
    }
    for name, contexts in kinds.items():
        changes = {"service_type": "image-generation", "contexts": contexts}
        register_model(cast.olga, owner="olga", name=f"m-{name}", changes=changes)  # type: ignore[arg-type]
    rebuild_index()


def first_of(query: str, user: User) -> str:
    return search_models(user, query).found[0].ai_model.name


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("주차단속", "m-plates"),
        ("주차 단속하는 곳", "m-plates"),
        ("번호판을 읽는 모델", "m-plates"),
        ("license plates", "m-plates"),
        ("유리 깨지는 소리 인식", "m-ears"),
        ("요가를 할 때", "m-yoga"),
        ("doing yoga at home", "m-yoga"),
        ("CCTV로 감시", "m-gate"),
    ],
)
def test_everyday_words_find_the_situation(query: str, name: str, cast: Cast) -> None:
    assert first_of(query, cast.rita) == name


@pytest.mark.usefixtures("models")
def test_a_name_inside_a_longer_one_counts_less(cast: Cast) -> None:
    weights = {row.context.slug: row.weight for row in match_contexts("text to speech")}
    assert weights["text-to-speech"] == 1.0
    assert weights["text"] < 0.5
    assert weights["speech"] < 0.5


@pytest.mark.usefixtures("models")
def test_an_index_that_is_away_is_answered_for_by_the_contexts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "repository.selectors.search.search_index",
        lambda: ElasticIndex("http://127.0.0.1:9", "nowhere"),
    )
    answer = search_models(cast.rita, "주차 단속")
    assert answer.degraded
    assert [hit.ai_model.name for hit in answer.found] == ["m-plates"]


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@pytest.mark.usefixtures("models")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_any_text_is_answered(query: str) -> None:
    answer = search_models(User.objects.get(username="rita"), query)
    assert not answer.degraded
