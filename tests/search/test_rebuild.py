import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from jobs.services.janitor import run_round
from portal.core.models import OutboxMessage
from repository.models import AiModel
from repository.search.backend import search_index
from repository.search.elastic import ElasticIndex
from repository.search.elastic_mapping import Hangul
from repository.search.sqlite import SqliteIndex
from repository.search.types import Document, IndexAway, Overtaken, SearchIndex, Wanted
from repository.services.indexing import rebuild_index, repair_index
from repository.types import Task

MANY = 120


def _document(model_id: int, version: int = 1, name: str = "camera") -> Document:
    return Document(model_id, version, name, "", "", "")


def test_searches_miss_nothing_while_the_index_is_filled_anew(index: SearchIndex) -> None:
    index.put(*(_document(pk) for pk in range(MANY)))
    totals: set[int] = set()
    over = threading.Event()

    def search() -> None:
        while not over.is_set():
            totals.add(index.search(Wanted("camera")).total)

    searchers = [threading.Thread(target=search) for _ in range(3)]
    for thread in searchers:
        thread.start()

    def batches() -> object:
        for start in range(0, MANY, 20):
            yield [_document(pk) for pk in range(start, start + 20)]
            # Somebody changes a model that the new index has, and one that it has not yet.
            index.put(_document(start, 2, "camera lens"), _document(MANY - 1, 2, "camera lens"))

    try:
        index.rebuild(batches())  # type: ignore[arg-type]
        index.rebuild([[_document(pk) for pk in range(MANY)]])
    finally:
        over.set()
        for thread in searchers:
            thread.join()

    assert totals == {MANY}
    changed = {pk for pk, version in index.versions() if version == 2}
    assert changed <= {*range(0, MANY, 20), MANY - 1}


def test_what_changes_during_a_rebuild_is_in_the_new_index(index: SearchIndex) -> None:
    index.put(_document(1), _document(2))

    def batches() -> object:
        yield [_document(1)]
        index.put(_document(2, 5, "lens"))
        yield [_document(2)]

    index.rebuild(batches())  # type: ignore[arg-type]
    assert dict(index.versions()) == {1: 1, 2: 5}
    assert [hit.model_id for hit in index.search(Wanted("lens")).page] == [2]


def test_a_rebuild_leaves_out_what_is_no_more(index: SearchIndex) -> None:
    index.put(_document(1), _document(2))
    index.rebuild([[_document(1)]])
    assert dict(index.versions()) == {1: 1}


def test_an_embedded_index_of_an_older_release_is_away_until_it_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite3"
    index = SqliteIndex(path)
    index.put(_document(1))
    with sqlite3.connect(path) as older:
        older.execute("PRAGMA user_version = 1")
    # What is written meanwhile does not make a whole of it.
    index.put(_document(2))
    assert not index.is_current()
    for ask in (lambda: index.search(Wanted("camera")), lambda: index.parts(most=9)):
        with pytest.raises(IndexAway):
            ask()

    index.rebuild([[_document(1)], [_document(2)]])
    assert index.is_current()
    assert index.search(Wanted("camera")).total == 2


def test_the_later_of_two_rebuilds_fills_the_index(index: SearchIndex) -> None:
    index.put(_document(1))

    def batches() -> object:
        yield [_document(1)]
        index.rebuild([[_document(1, 2)], [_document(2)]])
        yield [_document(2)]

    with suppress(Overtaken):  # Where there is one file, both write the same.
        index.rebuild(batches())  # type: ignore[arg-type]
    assert index.is_current()
    assert dict(index.versions()) == {1: 2, 2: 1}
    assert index.search(Wanted("camera", facets=True)).total == 2


@pytest.mark.live
def test_of_rebuilds_that_begin_at_once_one_fills_the_index() -> None:
    index = ElasticIndex(os.environ["ONDOL_ELASTICSEARCH_URL"], "ondol-at-once", patience_s=10)
    index.put(_document(1))
    met = threading.Barrier(4)
    ended = Counter[str]()

    def fill() -> None:
        met.wait()
        try:
            index.rebuild([[_document(1)], [_document(2)]])
            ended["filled"] += 1
        except Overtaken:
            ended["overtaken"] += 1

    threads = [threading.Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended["filled"] + ended["overtaken"] == 4
    assert ended["filled"]
    assert index.is_current()
    assert dict(index.versions()) == {1: 1, 2: 1}
    index.clear()


def test_a_repair_leaves_an_index_alone_that_is_being_filled(index: SearchIndex) -> None:
    def batches() -> object:
        yield [_document(1)]
        index.tidy()
        yield [_document(2)]

    index.rebuild(batches())  # type: ignore[arg-type]
    assert dict(index.versions()) == {1: 1, 2: 1}


@pytest.mark.live
def test_an_index_of_an_older_release_gives_its_name_to_the_alias() -> None:
    url, name = os.environ["ONDOL_ELASTICSEARCH_URL"], "ondol-older-tests"
    client = Elasticsearch(url)
    index = ElasticIndex(url, name, patience_s=10)
    index.clear()
    client.indices.create(index=name, mappings={"properties": {"name": {"type": "text"}}})
    assert not index.is_current()

    index.rebuild([[_document(1)]])
    assert index.is_current()
    index.put(_document(2))
    assert index.search(Wanted("camera")).total == 2
    index.clear()


def test_drift_is_repaired_and_counted(registered: Callable[..., None]) -> None:
    registered(kept=["night"], changed=["night"], gone=["night"])
    index = search_index()
    AiModel.objects.filter(name="m-changed").update(row_version=9, summary="lens")
    AiModel.objects.filter(name="m-gone").delete()
    index.put(_document(10_000))

    assert repair_index() == 3
    assert repair_index() == 0
    assert index.search(Wanted("lens")).total == 1
    assert rebuild_index() == 2


def test_what_the_index_holds_of_a_time_to_come_is_repaired(
    registered: Callable[..., None],
) -> None:
    registered(kept=["night"], ahead=["night"])
    index = search_index()
    ahead = AiModel.objects.get(name="m-ahead")
    index.put(_document(ahead.pk, ahead.row_version + 5, "lens"))

    assert repair_index() == 1
    assert repair_index() == 0
    assert index.search(Wanted("lens")).total == 0
    assert dict(index.versions())[ahead.pk] == ahead.row_version


def test_the_janitor_asks_for_a_repair_once_a_day(vocabulary: None) -> None:
    run_round()
    run_round()
    assert OutboxMessage.objects.filter(task=Task.REPAIR_INDEX).count() == 1
    assert OutboxMessage.objects.filter(task=Task.ASSOCIATE).count() == 1


def test_an_index_that_is_lost_is_asked_for_at_once(
    vocabulary: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_round()
    OutboxMessage.objects.all().delete()
    run_round()
    assert not OutboxMessage.objects.filter(task=Task.REPAIR_INDEX).exists()

    monkeypatch.setattr(type(search_index()), "is_current", lambda _: False)
    run_round()
    run_round()
    assert OutboxMessage.objects.get(task=Task.REPAIR_INDEX).sends <= 1


@pytest.mark.live
def test_a_search_of_a_lost_index_is_no_search_that_finds_nothing() -> None:
    index = ElasticIndex(os.environ["ONDOL_ELASTICSEARCH_URL"], "ondol-lost-tests", patience_s=10)
    assert not index.is_current()
    with pytest.raises(IndexAway):
        index.search(Wanted("camera"))
    index.rebuild([])
    assert index.is_current()
    assert index.search(Wanted("camera")).total == 0
    index.clear()


def test_an_index_says_how_it_cuts_korean(index: SearchIndex, request: Any) -> None:
    index.put(_document(1))
    asked = request.node.callspec.params["index"]
    called = {
        Hangul.NORI: "Elasticsearch, nori",
        Hangul.PAIRS: "Elasticsearch, bigrams (no analysis-nori)",
    }

    assert index.called() == called.get(asked, "SQLite FTS5")
