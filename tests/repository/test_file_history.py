"""What became of one file of a model, from version to version."""

from collections.abc import Callable

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from repository.models import Revision
from repository.selectors.file_history import list_file_history
from tests.cast import Cast
from tests.repository.registry import commit_received, onnx_bytes, register

MODEL = "/models/olga/m"


@pytest.fixture
def client(calls: Callable[..., httpx.Client], cast: Cast, vocabulary: None) -> httpx.Client:
    """Return olga's client; her model has two revisions: a README came, then changed."""
    client = calls(cast.olga)
    register(client, "olga", "m")
    files = {"model.onnx": onnx_bytes(), "README.md": b"# one\n"}
    commit_received(client, cast.olga, "olga/m", files)
    commit_received(client, cast.olga, "olga/m", {"README.md": b"# two\n"})
    return client


def log(client: httpx.Client) -> list[str]:
    return [row["id"] for row in client.get(f"{MODEL}/revisions").json()["results"]]


def test_the_history_of_a_file_has_the_versions_that_changed_it(
    client: httpx.Client, cast: Cast
) -> None:
    first = log(client)[-1]
    second = log(client)[0]
    between = commit_received(client, cast.olga, "olga/m", {"a.onnx": onnx_bytes()}).json()["id"]
    client.post(f"{MODEL}/commits", json={"message": "drop", "deletions": ["README.md"]})
    dropped = log(client)[0]
    asked = {"path": "README.md"}

    rows = client.get(f"{MODEL}/file-history", params=asked).json()["results"]
    page = client.get(f"{MODEL}/file-history", params={**asked, "limit": 1}).json()
    rest = client.get(f"{MODEL}/file-history", params={**asked, "cursor": page["next"]}).json()

    told = [(row["revision"]["id"], row["before"], row["file"]["change"]) for row in rows]
    assert told == [
        (dropped, between, "removed"),
        (second, first, "changed"),
        (first, None, "added"),
    ]
    assert rows[1]["revision"]["author"] == "olga"
    assert (rows[1]["file"]["old_size_bytes"], rows[1]["file"]["new_size_bytes"]) == (6, 6)
    assert rows[1]["file"]["old_sha256"] == rows[2]["file"]["new_sha256"]
    assert rows[0]["file"]["new_sha256"] is None
    assert (page["results"] + rest["results"], rest["next"]) == (rows, None)
    # A version that is gone is passed over: the next one is held against the one before it.
    client.delete(f"{MODEL}/revisions/{between}")
    rows = client.get(f"{MODEL}/file-history", params=asked).json()["results"]
    assert rows[0]["before"] == second
    nothing = client.get(f"{MODEL}/file-history", params={"path": "other.md"})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "no_such_file")


def test_the_history_of_a_file_takes_as_many_queries_however_long_it_is(
    client: httpx.Client, cast: Cast
) -> None:
    for number in range(3):
        commit_received(client, cast.olga, "olga/m", {"README.md": f"# {number}\n".encode()})
    newest = log(client)[0]

    asked = []
    for size in (1, 5):
        head = Revision.objects.get(oid=newest)
        with CaptureQueriesContext(connection) as queries:
            rows, _ = list_file_history(head, "README.md", size)
        assert len(rows) == size
        asked.append(len(queries))

    assert asked[0] == asked[1]
