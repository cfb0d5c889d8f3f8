from collections.abc import Callable

import pytest

from repository.models import AiModel
from repository.search.keyboard import hangul_of, keys_of, other_layout
from repository.search.types import Document, SearchIndex, Trait
from repository.selectors.lexicon import lexicon
from repository.selectors.search import Question, search_models
from repository.selectors.spelling import correct_query
from repository.selectors.suggest import suggest_contexts
from repository.types import Visibility
from tests.cast import Cast
from tests.conftest import As

SUGGEST = "/api/v1/search/suggest"


@pytest.mark.parametrize(
    ("typed", "slug", "how"),
    [
        ("주", "parking-enforcement", "name"),
        ("주ㅊ", "parking-enforcement", "half"),
        ("줓", "parking-enforcement", "half"),
        ("주차단", "parking-enforcement", "name"),
        ("ㅈㅊㄷ", "parking-enforcement", "initials"),
        ("parki", "parking-enforcement", "name"),
        ("enforc", "parking-enforcement", "word"),
        ("wnck eks", "parking-enforcement", "keyboard"),
        ("ㅔㅁ가ㅑㅜㅎ ㄷㅜ래", "parking-enforcement", "keyboard"),
        ("주챠단속", "parking-enforcement", "spelling"),
        ("pedestrain", "pedestrian", "spelling"),
        ("forklfit", "forklift", "spelling"),
        ("forklft", "forklift", "spelling"),
        ("pedestriann", "pedestrian", "spelling"),
    ],
)
def test_a_context_is_suggested_however_it_is_begun(
    typed: str, slug: str, how: str, vocabulary: None
) -> None:
    found = {row.context.slug: row.how for row in suggest_contexts(typed, 12) if row.context}
    assert found.get(slug) == how


@pytest.mark.parametrize("typed", ["", "!", "\x00", "ㅈ" * 200, "q" * 200, "*", "ㅏㅏ"])
def test_anything_typed_is_answered(typed: str, cast: Cast, vocabulary: None, as_user: As) -> None:
    assert as_user(cast.rita).get(SUGGEST, {"q": typed}).status_code == 200


def test_models_are_suggested_by_any_part_of_their_name_to_those_who_see_them(
    cast: Cast, as_user: As, registered: Callable[..., None]
) -> None:
    registered(**{"yolo-nano": ["street"], "hidden-yolo": ["street"]})
    AiModel.objects.filter(name="m-hidden-yolo").update(visibility=Visibility.PRIVATE)
    client = as_user(cast.rita)

    def models(typed: str) -> list[str]:
        rows = client.get(SUGGEST, {"q": typed}).json()["results"]
        return [row["model"] for row in rows if row["model"]]

    assert models("yol") == models("olga/m-yo") == models("ㅛㅐㅣㅐ") == ["olga/m-yolo-nano"]
    only = client.get(SUGGEST, {"q": "yol", "scope": "contexts"}).json()["results"]
    assert only
    assert all(row["context"] for row in only)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wnck eksthr", "주차 단속"),
        ("WNCK EKSTHR", "주차 단속"),
        ("ㅔㅁ가ㅑㅜㅎ ㄷㅜ래ㄱㅊ드둣", "parking enforcement"),
        ("pedestrain at nihgt", "pedestrian at night"),
        ("주챠 단속을 해요", "주차 단속을 해요"),
        ("주차 단속하는 곳", ""),
        ("read the sign on a shop", ""),
        ("주차장에 차가 몇 대", ""),
        ("m-ears", ""),
        ("zzzzz", ""),
        ("", ""),
    ],
)
def test_words_that_nobody_knows_are_read_as_what_was_meant(
    typed: str, meant: str, cast: Cast, registered: Callable[..., None]
) -> None:
    registered(ears=["sound-event"])
    assert correct_query(cast.rita, typed, lexicon()) == meant


def test_what_was_searched_for_instead_is_said_and_can_be_refused(
    cast: Cast, registered: Callable[..., None]
) -> None:
    registered(plates=["parking-enforcement"])
    instead = search_models(cast.rita, Question("wnck eksthr"))
    exact = search_models(cast.rita, Question("wnck eksthr", exact=True))

    assert instead.corrected == "주차 단속"
    assert [hit.ai_model.name for hit in instead.found] == ["m-plates"]
    assert (exact.corrected, exact.found) == ("", [])


def test_keys_and_hangul_lead_to_each_other() -> None:
    for word in ("주차", "값싼", "꽃", "의자", "않아", "뷁"):
        assert hangul_of(keys_of(word)) == word
        assert other_layout(keys_of(word)) == word


def test_the_index_knows_the_parts_of_names_and_the_words_of_texts(index: SearchIndex) -> None:
    mine = {Trait.PART: ["yolo-x", "yolo"], Trait.AUDIENCE: ["space:1"]}
    yours = {Trait.PART: ["yolo-a", "yolo"], Trait.AUDIENCE: ["public"]}
    index.put(
        Document(1, 1, "yolo-x", "계량기를 검침", "", "", mine),
        Document(2, 1, "yolo-a", "", "", "walking robots", yours),
    )
    assert index.starting("yo", None, most=9) == [2, 1]
    assert index.starting("yolo-", ("public",), most=9) == [2]
    assert index.starting("*", None, most=9) == []
    assert index.parts(most=1) == ["yolo"]
    assert index.holding({"검침", "robot", "?"}, None) == {"검침", "robot"}
    assert index.holding({"검침", "robot"}, ("public",)) == {"robot"}
