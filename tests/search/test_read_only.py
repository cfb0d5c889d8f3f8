"""An Elasticsearch that takes no writes: searches go on, nothing is lost, and people are told."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.conf import settings
from django.utils import timezone
from elasticsearch import Elasticsearch

from portal.accounts.models import User
from portal.core.background import LONGEST_WAIT_S
from portal.core.models import OutboxMessage
from portal.operation.state import system_parts, system_state
from repository.models import AiModel
from repository.search.backend import search_index
from repository.search.types import Health
from repository.selectors.search import Question, search_models
from repository.services.ai_models import delete_model, register_model
from repository.services.indexing import repair_index
from repository.tasks import index_model
from repository.types import Task
from tests.cast import Cast

ALIAS = "ondol-read-only-tests"
WRITE_BLOCK, FLOOD_STAGE = "index.blocks.write", "index.blocks.read_only_allow_delete"
Blocked = Callable[[], AbstractContextManager[None]]
pytestmark = pytest.mark.live


@pytest.fixture(params=[WRITE_BLOCK, FLOOD_STAGE])
def blocked(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    cast: Cast,
    registered: Callable[..., None],
) -> Iterator[Blocked]:
    """Return what blocks an index of one model, as people do or as a server with a full disk."""
    url = os.environ["ONDOL_ELASTICSEARCH_URL"]
    change = {"elasticsearch_url": url, "elasticsearch_index": ALIAS, "search_patience_s": 10}
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update=change))
    search_index.cache_clear()
    registered(plates=["number-plate"])
    OutboxMessage.objects.all().delete()
    client = Elasticsearch(url)

    @contextmanager
    def block() -> Iterator[None]:
        client.indices.put_settings(index=ALIAS, settings={request.param: True})
        try:
            yield
        finally:
            client.indices.put_settings(index=ALIAS, settings={request.param: None})

    yield block
    search_index().clear()
    search_index.cache_clear()


def work() -> None:
    for row in OutboxMessage.objects.filter(task=Task.INDEX_MODEL):
        index_model(message_id=row.pk)


def found(user: User) -> list[str]:
    answer = search_models(user, Question("번호판"))
    assert not answer.degraded
    return sorted(hit.ai_model.name for hit in answer.found)


def register(cast: Cast, name: str) -> AiModel:
    changes = {"service_type": "image-generation", "contexts": ["number-plate"]}
    return register_model(cast.olga, owner="olga", name=name, changes=changes)  # type: ignore[arg-type]


def test_what_changes_meanwhile_waits_and_is_found_afterwards(blocked: Blocked, cast: Cast) -> None:
    assert system_parts().search_health == Health.READY
    with blocked():
        register(cast, "m-late")
        work()
        assert found(cast.rita) == ["m-plates"]
        assert system_parts().search_health == Health.READ_ONLY
        assert system_state().outbox_failing == 1
        assert "block" in OutboxMessage.objects.get().error

    work()
    assert found(cast.rita) == ["m-late", "m-plates"]
    assert system_parts().search_health == Health.READY
    assert not OutboxMessage.objects.exists()


def test_however_long_it_lasts_the_next_try_is_near(blocked: Blocked, cast: Cast) -> None:
    with blocked():
        register(cast, "m-late")
        for _ in range(12):
            work()

    row = OutboxMessage.objects.get()
    assert row.failures == 12
    assert row.send_at <= timezone.now() + dt.timedelta(seconds=LONGEST_WAIT_S)


def test_a_repair_makes_up_for_what_no_message_told(blocked: Blocked, cast: Cast) -> None:
    with blocked():
        delete_model(cast.olga, AiModel.objects.get(name="m-plates"))
        register(cast, "m-late")
        OutboxMessage.objects.all().delete()

    assert repair_index() == 2
    assert found(cast.rita) == ["m-late"]
