"""While the index does not answer: who asks is answered at once, and nobody asks it in vain."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from repository.models import AiModel, Artifact, ArtifactFigure
from repository.search import elastic_rest
from repository.search.elastic import ElasticIndex
from repository.search.types import IndexAway, Narrowing, Sort, Trait, Wanted
from repository.selectors import by_contexts, ordering
from repository.selectors.search import Question, search_models
from repository.services.ai_models import ModelChanges, register_model
from repository.services.indexing import rebuild_index
from repository.types import FigureOrigin, Visibility
from tests.cast import Cast
from tests.jobs.scene import publish

Register = Callable[..., None]
FOUND = b"""HTTP/1.1 200 OK\r
X-Elastic-Product: Elasticsearch\r
Content-Type: application/vnd.elasticsearch+json;compatible-with=8\r
Content-Length: 46\r
\r
{"hits":{"hits":[],"total":{"value":0}}}      """


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Yield a server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def index_at(server: socket.socket, patience_s: float = 0.2) -> ElasticIndex:
    return ElasticIndex(f"http://127.0.0.1:{server.getsockname()[1]}", "n", patience_s=patience_s)


def is_away(index: ElasticIndex) -> bool:
    try:
        index.search(Wanted("camera"))
    except IndexAway:
        return True
    return False


def why(index: ElasticIndex) -> str:
    with pytest.raises(IndexAway) as said:
        index.search(Wanted("camera"))
    return str(said.value)


def test_nobody_waits_for_a_silent_index_twice(silent: socket.socket) -> None:
    index = index_at(silent, patience_s=1.0)
    searches = [threading.Thread(target=is_away, args=[index]) for _ in range(4)]
    for thread in searches:
        thread.start()
    for thread in searches:
        thread.join()

    began = time.monotonic()
    assert all(is_away(index) for _ in range(100))
    assert time.monotonic() - began < 1.0


def test_an_index_that_answers_again_is_asked_without_a_search_that_waits(
    silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_rest, "REST_S", 0.05)
    index = index_at(silent)
    assert is_away(index)

    # Nobody searches: one look after the other comes by itself, until one is answered.
    kept_waiting = [silent.accept()[0] for _ in range(2)]
    looking, _ = silent.accept()
    silent.close()
    assert "a moment ago" in why(index)
    with looking:
        assert b"_search" in looking.recv(65_536)
        looking.sendall(FOUND)
    until = time.monotonic() + 10
    while "a moment ago" in (said := why(index)) and time.monotonic() < until:
        time.sleep(0.01)
    # Nobody listens any more, which a search is told at once: it was asked.
    assert "a moment ago" not in said
    for connection in kept_waiting:
        connection.close()


def test_who_answers_a_look_but_no_search_is_left_alone_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(elastic_rest, "sleep", pauses.append)
    rest = elastic_rest.Rest()

    def miss() -> None:
        rest.begin(lambda: True)
        until = time.monotonic() + 10
        while rest.is_on and time.monotonic() < until:
            time.sleep(0.001)

    for _ in range(6):
        miss()
    rest.was_answered()
    miss()
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 0.5]


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what takes the index away: nobody listens at its address."""

    def take() -> None:
        monkeypatch.setattr(
            "repository.selectors.search.search_index",
            lambda: ElasticIndex("http://127.0.0.1:9", "nowhere"),
        )

    return take


def test_contexts_and_service_types_find_models_meanwhile(
    cast: Cast, registered: Register, away: Callable[[], None]
) -> None:
    filed: ModelChanges = {"service_type": "parking-enforcement"}
    register_model(cast.olga, owner="olga", name="m-filed", changes=filed)
    registered(gate=["surveillance"], plates=["number-plate"], yoga=["exercise"])
    away()
    answer = search_models(cast.rita, Question("주차 단속"))
    assert answer.degraded
    assert [hit.ai_model.name for hit in answer.found] == ["m-filed", "m-plates"]
    korean = Narrowing({Trait.LANGUAGE: ("ko",)})
    assert search_models(cast.rita, Question("주차 단속", narrowing=korean)).found == []


@pytest.mark.parametrize("typed", ["m-gate", "olga/M-Gate yoga", "m gate", "\0m-gate"])
def test_a_model_is_found_by_its_name_meanwhile(
    typed: str, cast: Cast, registered: Register, away: Callable[[], None]
) -> None:
    registered(gate=["surveillance"], yoga=["exercise"])
    away()
    answer = search_models(cast.rita, Question(typed))
    assert answer.degraded
    assert answer.found[0].ai_model.name == "m-gate"
    assert answer.found[0].reasons[0].kind == "name"
    hidden = Narrowing({Trait.OWNER: ("mark",)})
    assert search_models(cast.rita, Question(typed, narrowing=hidden)).found == []


def test_what_a_person_may_not_see_takes_no_place_meanwhile(
    cast: Cast, registered: Register, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden: ModelChanges = {
        "service_type": "image-generation",
        "contexts": ["number-plate"],
        "visibility": Visibility.PRIVATE,
    }
    register_model(cast.mark, owner="mark", name="m-first", changes=hidden)
    registered(plates=["number-plate"])
    monkeypatch.setattr(by_contexts, "MOST_TIED", 1)
    away()
    for person, name in ((cast.mark, "m-first"), (cast.rita, "m-plates")):
        answer = search_models(person, Question("number plate"))
        assert [hit.ai_model.name for hit in answer.found] == [name]


@pytest.fixture
def measured(cast: Cast, registered: Register) -> None:
    """Index models of one context that differ in every order, and one without files."""
    registered(bare=["number-plate"])
    plate = AiModel.objects.get(name="m-bare").contexts.get()
    for name, size, figures, downloads in (
        ("slow", 500, [(9.0, FigureOrigin.MEASURED), (0.1, FigureOrigin.PUBLISHED)], 7),
        ("fast", 700, [(1.0, FigureOrigin.PUBLISHED)], 0),
        ("unsaid", 100, [], 3),
    ):
        artifact = publish(cast.olga, name)
        Artifact.objects.filter(pk=artifact.pk).update(size_bytes=size)
        for p50, origin in figures:
            ArtifactFigure.objects.create(
                artifact=artifact,
                engine="onnxruntime",
                p50_ms=p50,
                origin=origin,
                measured_at=timezone.now(),
            )
        made = AiModel.objects.get(name=name)
        made.contexts.add(plate)
        AiModel.objects.filter(pk=made.pk).update(downloads=downloads)
    rebuild_index()


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("sort", set(Sort) - {Sort.RELEVANCE})
def test_the_order_meanwhile_is_that_of_the_index(
    sort: Sort, cast: Cast, away: Callable[[], None]
) -> None:
    def orders() -> list[list[str]]:
        asked = [search_models(cast.rita, Question(text, sort=sort)) for text in ("번호판", "")]
        assert {answer.sort for answer in asked} == {sort}
        return [[hit.ai_model.name for hit in answer.found] for answer in asked]

    before = orders()
    away()
    assert orders() == before
    assert {len(order) for order in before} == {4}


@pytest.mark.usefixtures("measured")
def test_an_order_that_cannot_be_had_at_once_is_not_claimed(
    cast: Cast, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "MOST_MEASURED", 3)
    away()
    assert search_models(cast.rita, Question(sort=Sort.SIZE)).sort == Sort.UPDATED
    assert search_models(cast.rita, Question(sort=Sort.NAME)).sort == Sort.NAME
    assert search_models(cast.rita, Question("번호판", sort=Sort.SIZE)).sort == Sort.SIZE
    assert search_models(cast.rita, Question("번호판")).sort == Sort.RELEVANCE
