"""The whole way of a model with the real clients of several years."""

from typing import Any

import pytest
from django.conf import settings

from tests import hub_clients
from tests.cast import Cast
from tests.hub.conftest import Hub, Visit

pytestmark = pytest.mark.usefixtures("vocabulary")
FILES = ["README.md", "config.json", "sub/empty.txt", "sub/labels.txt", "weights.bin"]
ALL = "All of it"
NOTES = "Upload notes.txt with huggingface_hub"


@pytest.mark.parametrize(
    "xet",
    [True, pytest.param(False, marks=pytest.mark.clients)],
    ids=["xet", "lfs"],
)
def test_the_newest_client_makes_the_whole_way(
    hub: Hub, cast: Cast, visit: Visit, *, xet: bool
) -> None:
    off = {} if xet else {"HF_HUB_DISABLE_XET": "1"}
    seen = visit("journey.py", hub.environment(hub.token(cast.olga), **off))

    check(seen)
    assert seen["verified"] is True
    chunks = list((settings.ENV.home / "incoming").glob("xet-*/*"))
    assert bool(chunks) is xet


@pytest.mark.clients
@pytest.mark.parametrize("client", ["hub-0.36", "hub-1.1", "hub-1.19"])
def test_older_clients_make_it_too(client: str, hub: Hub, cast: Cast, visit: Visit) -> None:
    environment = hub.environment(hub.token(cast.olga), HF_HUB_DISABLE_XET="1")

    check(visit("journey.py", environment, hub_clients.python_of(client)))


def check(seen: dict[str, Any]) -> None:
    assert seen["who"] == "olga"
    assert [seen["exists before"], seen["deleted"]] == [False, True]
    assert seen["created"] == seen["created again"] == "olga/journey-model"
    assert seen["empty"] == []
    assert seen["files"] == FILES
    assert seen["lfs"] == ["weights.bin"]
    assert seen["task"] == "image-classification"
    words = {"context:night", "context:pedestrian", "service-type:parking-enforcement"}
    assert words <= set(seen["tags"])
    assert "license:apache-2.0" in seen["tags"]
    check_reading(seen)
    check_refusals(seen)
    check_changing(seen)


def check_reading(seen: dict[str, Any]) -> None:
    assert seen["snapshot"] == sorted([*FILES, "notes.txt"])
    assert seen["intact"]
    assert seen["empty file"]
    assert seen["config"] == {"a": 1}
    assert seen["file_exists"] == [True, False]
    assert seen["tree"] == ["sub", *sorted([*FILES, "notes.txt"])]
    assert seen["changed by"] == {**dict.fromkeys(FILES, ALL), "notes.txt": NOTES}
    assert seen["paths"] == ["sub", "config.json"]
    assert seen["branches"] == ["main"]
    assert seen["commits"] == [NOTES, ALL]
    for way in ("found", "by tag", "by author", "by card", "by card and search"):
        assert seen[way] == ["olga/journey-model"], way
    assert seen["by other card"] == []


def check_refusals(seen: dict[str, Any]) -> None:
    assert seen["no model"].startswith("RepositoryNotFoundError")
    assert seen["no revision"].startswith("RevisionNotFoundError")
    assert "EntryNotFoundError" in seen["no entry"]
    assert "Ondol hosts models only" in seen["no dataset"]
    assert "412" in seen["stale"]
    assert "none.txt" in seen["missing"]
    assert "Ondol has no pull requests" in seen["pull request"]
    assert "'1.0.0' is a tag already" in seen["tag twice"]


def check_changing(seen: dict[str, Any]) -> None:
    assert seen["after"] == ["README.md", "config.json", "copy.bin", "more.txt", "weights.bin"]
    assert "olga/journey-model/commit/" in seen["commit url"]
    assert [seen["on branch"], seen["on main"]] == [True, False]
    assert seen["tags made"] == ["1.0.0"]
    assert seen["refs left"] == ["main"]
    assert seen["moved"] == ["olga/moved"] * 2
    assert seen["back"] == ["olga/journey-model"] * 2
    assert seen["private"] is True
