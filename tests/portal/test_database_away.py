"""A database that cannot be asked: callers are told to come back, and when."""

import sqlite3
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from django.db import DataError, OperationalError
from django.db.utils import ConnectionHandler
from django.test import RequestFactory
from starlette.requests import Request
from starlette.responses import Response

from portal.core.away import DatabaseAway
from portal.core.faults import told
from portal.core.http.edge import edge
from portal.core.http.errors import answer_refusal
from tests.services import free_port

pytestmark = pytest.mark.django_db
SQLITE = {"ENGINE": "django.db.backends.sqlite3"}
POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "127.0.0.1"}


def fault_of(**settings: Any) -> OperationalError:
    """Return what Django makes of a database that cannot be reached by these settings.

    Pools are kept by the name of a database: this one has a name of its own.
    """
    with pytest.raises(OperationalError) as raised:
        ConnectionHandler({"default": {}, "away": settings})["away"].ensure_connection()
    return raised.value


@pytest.fixture
def held(tmp_path: Path) -> OperationalError:
    """Return what Django makes of a database that another writer holds too long."""
    name = tmp_path / "held.sqlite3"
    with sqlite3.connect(name) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        waiting = ConnectionHandler({"default": SQLITE | {"NAME": name, "OPTIONS": {"timeout": 0}}})
        with pytest.raises(OperationalError) as raised, waiting["default"].cursor() as cursor:
            cursor.execute("CREATE TABLE rows (name TEXT)")
        waiting.close_all()
    holder.close()
    return raised.value


def test_a_writer_that_is_held_up_is_told_to_come_back(held: OperationalError) -> None:
    assert isinstance(told(held), DatabaseAway)


def test_a_folder_that_is_gone_is_a_database_away(tmp_path: Path) -> None:
    fault = fault_of(**SQLITE, NAME=tmp_path / "gone" / "ondol.sqlite3")

    assert isinstance(told(fault), DatabaseAway)


@pytest.mark.parametrize("options", [{}, {"pool": {"min_size": 0, "max_size": 1, "timeout": 0.2}}])
def test_a_server_that_is_not_there_is_a_database_away(options: dict[str, Any]) -> None:
    fault = fault_of(**POSTGRESQL, PORT=free_port(), OPTIONS=options)

    assert isinstance(told(fault), DatabaseAway)


@pytest.mark.parametrize("fault", [OperationalError("no such table: rows"), DataError("a NUL")])
def test_what_a_database_answers_stays_a_fault(fault: Exception) -> None:
    assert told(fault) is None


def test_rest_and_edge_answer_alike_and_say_when(
    held: OperationalError, rf: RequestFactory
) -> None:
    async def fails(request: Request) -> Response:
        raise held

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(edge(fails))
        async with httpx.AsyncClient(transport=transport, base_url="http://ondol") as client:
            return await client.get("/")

    answer = anyio.run(ask)
    of_rest = answer_refusal(held, {"request": rf.get("/")})

    assert of_rest is not None
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert (of_rest.status_code, of_rest.data) == (503, answer.json())
    assert of_rest.headers["Retry-After"] == answer.headers["Retry-After"] == "5"
