from collections.abc import Callable

import httpx
import pytest

from tests.cast import Cast
from tests.repository.registry import commit_received, onnx_bytes, register

Calls = Callable[..., httpx.Client]


@pytest.fixture
def client(calls: Calls, cast: Cast, vocabulary: None) -> httpx.Client:
    """Return olga's client; `child` came from `base`, which came from elsewhere."""
    client = calls(cast.olga)
    for name, visibility in (("base", "private"), ("child", "internal")):
        register(client, "olga", name, visibility=visibility)
        commit_received(client, cast.olga, f"olga/{name}", {"model.onnx": onnx_bytes()})
    origin = {"relation": "imported", "source": "https://models.example/base"}
    client.put("/models/olga/base/lineage", json=origin)
    came = {"relation": "federated_update", "model": "olga/base"}
    assert client.put("/models/olga/child/lineage", json=came).status_code == 200
    return client


def lines(client: httpx.Client, name: str) -> list[tuple[int, str, str, str]]:
    rows = client.get(f"/models/olga/{name}/lineage").json()["results"]
    return [(row["depth"], row["kind"], row["relation"], row["model"]) for row in rows]


def test_a_version_is_shown_below_what_it_came_from(client: httpx.Client) -> None:
    assert lines(client, "child") == [
        (0, "source", "", ""),
        (1, "revision", "imported", "olga/base"),
        (2, "revision", "federated_update", "olga/child"),
        (3, "artifact", "uploaded", ""),
    ]


def test_a_commit_on_top_still_says_where_it_came_from(client: httpx.Client, cast: Cast) -> None:
    commit_received(client, cast.olga, "olga/child", {"notes.txt": b"edited"})

    assert lines(client, "child")[:3] == [
        (0, "source", "", ""),
        (1, "revision", "imported", "olga/base"),
        (2, "revision", "federated_update", "olga/child"),
    ]
    commit_received(client, cast.olga, "olga/child", {"notes.txt": b"again"})
    round_again = {"relation": "trained", "model": "olga/child"}
    assert client.put("/models/olga/base/lineage", json=round_again).status_code == 422


def test_a_version_shows_what_became_of_it(client: httpx.Client) -> None:
    assert lines(client, "base")[2:] == [
        (2, "artifact", "uploaded", ""),
        (2, "revision", "federated_update", "olga/child"),
    ]


def test_what_a_reader_may_not_see_keeps_its_place_alone(
    calls: Calls, client: httpx.Client, cast: Cast
) -> None:
    assert lines(calls(cast.stella), "child")[:2] == [
        (0, "hidden", "", ""),
        (1, "revision", "federated_update", "olga/child"),
    ]


def test_nothing_comes_from_itself(client: httpx.Client) -> None:
    came = {"relation": "trained", "model": "olga/child"}
    answer = client.put("/models/olga/base/lineage", json=came)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
