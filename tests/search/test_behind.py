"""While models wait to be taken into the index: what is new is found all the same."""

from collections.abc import Callable

from portal.core.models import OutboxMessage
from repository.selectors.search import MANY_NEW, Question, search_models
from repository.services.ai_models import ModelChanges, register_model
from repository.services.indexing import index_model
from repository.types import Task
from tests.cast import Cast

Register = Callable[..., None]
PARKING: ModelChanges = {"service_type": "image-generation", "contexts": ["parking-enforcement"]}
ASKED = Question("주차 단속")


def take_in() -> None:
    """Do what a worker does with the models that wait."""
    waiting = OutboxMessage.objects.filter(task=Task.INDEX_MODEL)
    for row in waiting:
        index_model(**row.arguments)
    waiting.delete()


def test_the_first_model_is_found_before_the_index_has_it(cast: Cast, registered: Register) -> None:
    registered(yoga=["exercise"])
    take_in()
    before = search_models(cast.rita, ASKED)
    register_model(cast.olga, owner="olga", name="m-plates", changes=PARKING)
    waits = search_models(cast.rita, ASKED)
    take_in()
    after = search_models(cast.rita, ASKED)

    assert (before.total, before.degraded) == (0, False)
    assert [row.ai_model.name for row in waits.found] == ["m-plates"]
    assert waits.degraded
    assert [row.ai_model.name for row in after.found] == ["m-plates"]
    assert not after.degraded


def test_where_many_wait_a_short_answer_is_not_taken_for_all(
    cast: Cast, registered: Register
) -> None:
    registered(old=["parking-enforcement"])
    take_in()
    for number in range(MANY_NEW):
        waits = search_models(cast.rita, ASKED)
        assert (waits.total, waits.degraded) == (1, False), number
        register_model(cast.olga, owner="olga", name=f"m-{number}", changes=PARKING)

    assert search_models(cast.rita, ASKED).total == MANY_NEW + 1
    assert search_models(cast.rita, ASKED).degraded
    take_in()
    assert not search_models(cast.rita, ASKED).degraded


def test_what_is_nowhere_is_no_fault_of_the_index(cast: Cast, registered: Register) -> None:
    registered(yoga=["exercise"])
    answer = search_models(cast.rita, Question("qwortzel"))

    assert OutboxMessage.objects.filter(task=Task.INDEX_MODEL).exists()
    assert (answer.total, answer.degraded) == (0, False)
