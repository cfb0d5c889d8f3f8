from collections.abc import Callable

import pytest

from repository.models import AiModel, Artifact, Context
from repository.selectors.associations import match_contexts
from repository.selectors.explaining import Marks
from repository.selectors.lexicon import lexicon
from repository.selectors.search import Question, search_models
from repository.types import Precision
from tests.cast import Cast
from tests.jobs.scene import publish


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


def parts_of(query: str) -> list[str]:
    found = match_contexts(query, lexicon())
    return sorted(match.context.slug for match in found if match.is_part)


@pytest.mark.usefixtures("vocabulary")
def test_a_name_is_a_part_although_a_guess_may_explain_it_unless_that_is_sure() -> None:
    assert parts_of("car and pedestrian segmentation") == [
        "pedestrian",
        "semantic-segmentation",
        "vehicle",
    ]
    assert parts_of("unlock my phone with my face") == []
    assert parts_of("text to speech") == ["text-to-speech"]
    assert parts_of("밤에 우는 아기") == ["baby", "night"]


def test_what_the_files_of_a_model_are_counts_as_much_as_what_it_is_filed_under(
    cast: Cast, registered: Callable[..., None]
) -> None:
    artifact = publish(cast.olga)
    Artifact.objects.filter(pk=artifact.pk).update(precision=Precision.W8A16_MIXED_INT16)
    made = AiModel.objects.get()
    made.contexts.set(Context.objects.filter(slug="pose"))
    registered(other=["pose"])
    found = search_models(cast.rita, Question("양자화된 자세 추정")).found
    met = {row.ai_model.name: {p.context.slug: p.met for p in row.parts} for row in found}

    assert met["tiny"] == {"pose": "yes", "quantization": "yes"}
    assert met["m-other"] == {"pose": "yes", "quantization": "no"}


def test_what_a_word_only_makes_one_think_of_is_no_part(
    cast: Cast, registered: Callable[..., None]
) -> None:
    registered(park=["parking-lot"])
    answer = search_models(cast.rita, Question("주차"))
    assert len(answer.matched) > 1
    assert [(row.ai_model.name, row.parts) for row in answer.found] == [("m-park", [])]
