"""What somebody sees who did not sign in: what is public, unless the server says otherwise."""

from collections.abc import Callable

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from repository.types import Visibility
from tests.access.doors import Answer, Caller, expected
from tests.access.rows import DJANGO, EDGE
from tests.cast import Cast
from tests.jobs.scene import publish

MODEL = "/api/v1/models/olga/tiny"
Settle = Callable[..., None]


def test_nobody_reads_a_public_model_and_changes_nothing(cast: Cast) -> None:
    publish(cast.olga, visibility=Visibility.PUBLIC)
    nobody = Client()
    told = nobody.get(MODEL).json()

    assert (told["may_write"], told["may_own"]) == (False, False)
    assert [row["name"] for row in nobody.get("/api/v1/models").json()["results"]] == ["tiny"]
    for path in ("tree", "files", "revisions", "refs", "artifacts", "lineage", "benchmarks"):
        assert nobody.get(f"{MODEL}/{path}").status_code == 200
    assert nobody.patch(MODEL, {"summary": "x"}, "application/json").status_code == 401


@pytest.mark.parametrize("visibility", [Visibility.INTERNAL, Visibility.PRIVATE])
def test_what_is_not_public_sounds_like_what_is_not_there(
    cast: Cast, visibility: Visibility
) -> None:
    publish(cast.olga, visibility=visibility)
    hidden, missing = (Client().get(path) for path in (MODEL, "/api/v1/models/olga/none"))

    assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json())
    assert hidden.json()["code"] == "not_authenticated"
    assert Client().get("/api/v1/models").json()["results"] == []


def test_a_server_may_show_nothing_to_nobody(cast: Cast, settle: Settle) -> None:
    publish(cast.olga, visibility=Visibility.PUBLIC)
    settle(anonymous_read=False)

    assert Client().get(MODEL).status_code == 401
    assert Client().get("/api/v1/models").status_code == 401


def test_the_document_names_no_key_where_nobody_is_let_in() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    told = {
        (method.upper(), path): {} in operation.get("security", [{}])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    table = {
        route: expected(door, Caller.ANONYMOUS, Visibility.PUBLIC, route[0]) == Answer.IN
        for route, door in {**DJANGO, **EDGE}.items()
    }
    assert {route: table[route] for route in told} == told
