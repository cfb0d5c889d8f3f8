"""A database that fills up at any write: the caller is told, and nothing is half there."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import OperationalError, connection

from portal.accounts.models import User
from portal.core.models import OutboxMessage
from repository.models import (
    AiModel,
    Artifact,
    FormerName,
    ModelFile,
    Readme,
    Ref,
    RefMove,
    Revision,
)
from tests.cast import Cast
from tests.repository.registry import commit_received, onnx_bytes, received, register

Calls = Callable[[User], httpx.Client]
KEPT = (AiModel, Artifact, FormerName, ModelFile, OutboxMessage, Readme, Ref, RefMove, Revision)
CHANGES = ("INSERT", "UPDATE", "DELETE")
MODEL = "/models/olga/m"


class FullAt:
    """Lets so many changes of rows through, then has no room, in the words of a database."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if sql.startswith(CHANGES):
            self.left -= 1
            if self.left < 0:
                raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)


@pytest.fixture
def client(calls: Calls, cast: Cast, vocabulary: None) -> httpx.Client:
    client = calls(cast.olga)
    register(client, "olga", "m")
    commit_received(client, cast.olga, "olga/m", {"model.onnx": onnx_bytes()})
    return client


def commit(client: httpx.Client, cast: Cast) -> Callable[[], httpx.Response]:
    card = b"---\nlicense: mit\ntags: [night]\n---\n# M\n"
    files = [
        {"path": path, "upload_id": received(cast.olga, path, content).pk}
        for path, content in {"README.md": card, "two.onnx": onnx_bytes()}.items()
    ]
    body = {"message": "m", "files": files, "deletions": ["model.onnx"]}
    return lambda: client.post(f"{MODEL}/commits", json=body)


def release(client: httpx.Client, _: Cast) -> Callable[[], httpx.Response]:
    body = {"kind": "alias", "name": "stable", "revision": "main"}
    return lambda: client.post(f"{MODEL}/refs", json=body)


def move(client: httpx.Client, _: Cast) -> Callable[[], httpx.Response]:
    return lambda: client.post(f"{MODEL}/move", json={"owner": "olga", "name": "n"})


def remove(client: httpx.Client, _: Cast) -> Callable[[], httpx.Response]:
    return lambda: client.delete(MODEL)


def state() -> list[list[Any]]:
    return [list(kind.objects.order_by("pk").values_list()) for kind in KEPT]


@pytest.mark.parametrize("act", [commit, release, move, remove])
def test_a_database_that_fills_at_any_write_is_as_it_was(
    client: httpx.Client, cast: Cast, act: Callable[..., Callable[[], httpx.Response]]
) -> None:
    ask = act(client, cast)
    before = state()
    writes = 0
    while True:
        with connection.execute_wrapper(FullAt(writes)):
            answer = ask()
        if answer.is_success:
            break
        assert (answer.status_code, answer.json()["code"]) == (507, "no_space"), writes
        assert state() == before, f"write {writes}"
        writes += 1
    assert writes > 2
    assert state() != before
