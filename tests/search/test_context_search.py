from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from repository.selectors.associations import match_contexts
from repository.selectors.lexicon import lexicon
from repository.selectors.search import Question, search_models
from repository.services.ai_models import ModelChanges, register_model
from repository.services.indexing import rebuild_index
from tests.cast import Cast
from tests.conftest import As

Register = Callable[..., None]


def test_a_keyword_finds_by_context_and_then_by_relation(
    cast: Cast, registered: Register, as_user: As
) -> None:
    registered(meter=["meter-reading"], gauge=["industrial-gauge"], cat=["livestock"])
    answer = as_user(cast.rita).get("/api/v1/search", {"q": "검침"}).json()

    assert [hit["model"]["id"] for hit in answer["results"]] == ["olga/m-meter", "olga/m-gauge"]
    assert [hit["reasons"][0]["kind"] for hit in answer["results"]] == ["context", "related"]
    english = as_user(cast.rita).get("/api/v1/search", {"q": "utility meter"}).json()
    assert "olga/m-meter" in [hit["model"]["id"] for hit in english["results"]]


def test_a_model_without_contexts_is_found_by_its_service_type_which_is_said(
    cast: Cast, registered: Register, as_user: As
) -> None:
    filed: ModelChanges = {"service_type": "parking-enforcement"}
    register_model(cast.olga, owner="olga", name="m-filed", changes=filed)
    registered(other=[])

    found = as_user(cast.rita).get("/api/v1/search", {"q": "주차 단속"}).json()["results"]
    assert [hit["model"]["id"] for hit in found] == ["olga/m-filed"]
    told = found[0]["reasons"][0]
    assert (told["kind"], told["context"]["slug"]) == ("service_type", "parking-enforcement")


@pytest.fixture
def models(registered: Register) -> None:
    registered(
        gate=["surveillance"], plates=["number-plate"], ears=["sound-event"], yoga=["exercise"]
    )


def first_of(query: str, user: User) -> str:
    return search_models(user, Question(query)).found[0].ai_model.name


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


def test_a_thing_is_found_by_the_task_that_serves_it_and_not_by_what_else_the_task_serves(
    cast: Cast, registered: Register
) -> None:
    registered(lister=["object-detection"], trucks=["truck"], berries=["fruit"])
    made: ModelChanges = {"service_type": "image-generation", "task": "object-detection"}
    register_model(cast.olga, owner="olga", name="m-detector", changes=made)
    rebuild_index()

    found = [hit.ai_model.name for hit in search_models(cast.rita, Question("ripe tomatoes")).found]
    assert found == ["m-berries", "m-detector", "m-lister"]


@pytest.mark.usefixtures("models")
def test_a_name_inside_a_longer_one_counts_less(cast: Cast) -> None:
    weights = {row.context.slug: row.weight for row in match_contexts("text to speech", lexicon())}
    assert weights["text-to-speech"] == 1.0
    assert weights["text"] < 0.5
    assert weights["speech"] < 0.5


@pytest.mark.usefixtures("vocabulary")
def test_where_a_name_is_all_that_is_asked_nothing_is_guessed() -> None:
    def named(query: str) -> list[str]:
        return [row.context.slug for row in match_contexts(query, lexicon())]

    assert named("accessibility") == named("the accessibility") == ["accessibility"]
    assert len(named("accessibility at the door")) > len(["accessibility", "door"])


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@pytest.mark.usefixtures("models")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_any_text_is_answered(query: str) -> None:
    answer = search_models(User.objects.get(username="rita"), Question(query))
    assert not answer.degraded
