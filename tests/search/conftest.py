import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repository.search.elastic import ElasticIndex
from repository.search.elastic_mapping import Hangul
from repository.search.sqlite import SqliteIndex
from repository.search.types import SearchIndex
from repository.services.ai_models import ModelChanges, register_model
from repository.services.indexing import rebuild_index
from tests.cast import Cast

BACKENDS = [
    "sqlite",
    *(
        pytest.param(hangul, id=f"elasticsearch-{hangul}", marks=pytest.mark.live)
        for hangul in Hangul
    ),
]


@pytest.fixture(params=BACKENDS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    """Return each backend in turn, empty: what one promises, all keep."""
    if request.param == "sqlite":
        yield SqliteIndex(tmp_path / "search.sqlite3")
        return
    url = os.environ["ONDOL_ELASTICSEARCH_URL"]
    found = ElasticIndex(url, "ondol-contract-tests", patience_s=10, hangul=request.param)
    found.clear()
    yield found
    found.clear()


@pytest.fixture
def registered(cast: Cast, vocabulary: None) -> Callable[..., None]:
    """Return what registers olga's models by name and contexts, and indexes them."""

    def register(**contexts: list[str]) -> None:
        for name, slugs in contexts.items():
            changes: ModelChanges = {"service_type": "image-generation", "contexts": slugs}
            register_model(cast.olga, owner="olga", name=f"m-{name}", changes=changes)
        rebuild_index()

    return register
