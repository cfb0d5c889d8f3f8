import pytest

from repository.search.cues import Cues
from repository.search.words import query_tokens
from repository.selectors.associations import read_query
from repository.selectors.lexicon import lexicon

CUES = Cues(
    {1: ["face"], 2: ["animation"], 3: ["sound"]},
    {2: ["face", "move", "움직이"], 3: ["hear", "write down"], 4: ["write down", "적기"]},
)


def test_a_word_tells_more_the_fewer_it_points_at() -> None:
    heard = CUES.heard("make the face move")
    assert heard.coverage(2) == pytest.approx(1.0)
    assert 0 < heard.coverage(1) < 0.5
    assert heard.coverage(3) == 0.0


def test_hints_of_several_words_and_korean_endings_are_heard() -> None:
    assert CUES.heard("write it down").by_key == {}
    assert set(CUES.heard("please write down what I say").by_key) == {3, 4}
    assert CUES.heard("얼굴이 움직이는 사진").coverage(2) == 1.0


def test_function_words_are_not_searched_unless_alone() -> None:
    assert query_tokens("what is the distance") == ["distanc"]
    assert query_tokens("what is this") == ["what", "is", "this"]
    assert query_tokens("거리 알려줘") == ["거리"]


@pytest.mark.usefixtures("vocabulary")
@pytest.mark.parametrize(
    ("query", "meant", "less"),
    [
        ("make the face in a photo move", "image-animation", "face"),
        ("shorten a long text", "content-generation", "text"),
        ("사진 속 얼굴을 움직이게", "image-animation", "face"),
    ],
)
def test_a_broad_context_gives_way_to_the_one_that_explains_more(
    query: str, meant: str, less: str
) -> None:
    weights = {row.context.slug: row.weight for row in read_query(query, lexicon()).matched}
    assert weights[meant] > weights[less]


@pytest.mark.usefixtures("vocabulary")
def test_personalization_is_not_about_persons() -> None:
    named = {
        row.context.slug
        for row in read_query("find a person", lexicon()).matched
        if row.weight == 1
    }
    assert "person" in named
    assert "recommendation" not in named
