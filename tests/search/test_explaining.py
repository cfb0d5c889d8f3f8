from collections.abc import Callable

import pytest

from repository.models import AiModel
from repository.selectors.explaining import Marks
from repository.selectors.search import Question, search_models
from tests.cast import Cast


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Walking robots at night", "a robot at night", ["robots", "night"]),
        ("계량기를 검침합니다", "검침 모델", ["검침"]),
        ("yolov8_det beside resnet50 and yolox", "yolo resnet", ["yolo", "resnet"]),
        ("nothing", "", []),
    ],
)
def test_words_of_the_query_are_marked(text: str, query: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in Marks(query).of(text)] == marked


def test_each_result_says_which_parts_of_the_query_it_meets(
    cast: Cast, registered: Callable[..., None]
) -> None:
    registered(
        day=["pedestrian"],
        dark=["pedestrian", "night"],
        text=["crosswalk"],
        watched=["pedestrian", "surveillance"],  # night, night watch, surveillance: a long way
    )
    AiModel.objects.filter(name="m-text").update(summary="야간에도 됩니다")
    found = search_models(cast.rita, Question("야간 보행자")).found
    parts = {row.ai_model.name: {p.context.slug: p.met for p in row.parts} for row in found}

    assert parts["m-day"] == {"pedestrian": "yes", "night": "no"}
    assert parts["m-watched"] == {"pedestrian": "yes", "night": "no"}
    assert parts["m-dark"] == {"pedestrian": "yes", "night": "yes"}
    assert parts["m-text"] == {"pedestrian": "near", "night": "yes"}
    alone = search_models(cast.rita, Question("보행자")).found
    assert all(row.parts == [] for row in alone)


def test_what_a_word_only_makes_one_think_of_is_no_part(
    cast: Cast, registered: Callable[..., None]
) -> None:
    registered(park=["parking-lot"])
    answer = search_models(cast.rita, Question("주차"))
    assert len(answer.matched) > 1
    assert [(row.ai_model.name, row.parts) for row in answer.found] == [("m-park", [])]
