"""What a model's own words say it is for, beside what it is filed under."""

from collections.abc import Callable

import pytest

from repository.models import AiModel
from repository.search.types import SearchIndex, Wanted
from repository.selectors.associations import read_query
from repository.selectors.contexts import serving
from repository.selectors.focus import faint_tasks
from repository.selectors.lexicon import lexicon
from repository.services.ai_models import ModelChanges, register_model
from repository.services.indexing import documents_of
from tests.cast import Cast

File = Callable[[str, str, list[str]], AiModel]


@pytest.fixture
def file(cast: Cast, vocabulary: None) -> File:
    """Return what registers a model by name, summary and contexts."""

    def register(name: str, summary: str, contexts: list[str]) -> AiModel:
        changes: ModelChanges = {
            "service_type": "image-generation",
            "summary": summary,
            "contexts": contexts,
        }
        register_model(cast.olga, owner="olga", name=name, changes=changes)
        return AiModel.objects.prefetch_related("contexts").get(name=name)

    return register


def faint_of(row: AiModel) -> set[str]:
    known = lexicon()
    served = [known.by_pk[pk] for pk in serving([row], known)[row.pk]]
    return {known.by_pk[pk].slug for pk in faint_tasks(row, served, known)}


@pytest.mark.parametrize(
    ("summary", "filed", "faint"),
    [
        ("Facial analysis by face recognition.", ["object-detection"], {"object-detection"}),
        ("Real-time object detection.", ["object-detection"], set()),
        ("Finds fruit of every kind.", ["object-detection"], set()),
        ("A large language model.", ["dialogue", "content-generation"], set()),
        ("Face detector for phones.", ["object-detection", "face-detection"], {"object-detection"}),
        ("", ["object-detection"], set()),
    ],
)
def test_a_task_is_faint_where_name_and_summary_speak_of_others(
    summary: str, filed: list[str], faint: set[str], file: File
) -> None:
    assert faint_of(file("m-one", summary, filed)) == faint


def test_who_is_made_for_a_task_comes_before_who_is_only_filed_under_it(
    file: File, index: SearchIndex
) -> None:
    file("a-faces", "Facial analysis by face recognition.", ["object-detection"])
    file("b-things", "Boxes around objects, by object detection.", ["object-detection"])
    names = {row.pk: row.name for row in AiModel.objects.all()}
    index.put(*documents_of(list(names)))
    situations = read_query("tomatoes", lexicon()).situations
    hits = index.search(Wanted("tomatoes", situations)).page
    assert [names[hit.model_id] for hit in hits] == ["b-things", "a-faces"]
