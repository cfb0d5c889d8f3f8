"""Who sees what, and in which words a refusal is told."""

from collections.abc import Callable

import httpx
import pytest

from portal.accounts.services.teams import create_team
from portal.accounts.types import Scope
from repository.models import AiModel, Collaborator
from tests.cast import Cast
from tests.hub.wire import create, file_line, lfs_line, push, send_large

Knock = Callable[..., httpx.Client]
LARGE = bytes(range(256)) * (9 * 2**12)


@pytest.fixture
def private(knock: Knock, cast: Cast) -> None:
    client = knock(cast.olga)
    create(client, "secret", private=True)
    assert push(client, "olga/secret", file_line("a.txt", b"a")).status_code == 200


PATHS = [
    "/api/models/olga/secret",
    "/api/models/olga/secret/tree/main",
    "/api/models/olga/secret/refs",
    "/olga/secret/resolve/main/a.txt",
    "/api/models/olga/never-there",
]


@pytest.mark.usefixtures("private")
def test_what_is_private_is_as_if_it_were_not_there(knock: Knock, cast: Cast) -> None:
    for path in PATHS:
        stranger = knock(cast.stella).get(path)
        nobody = knock(None).get(path)

        assert (stranger.status_code, stranger.headers["X-Error-Code"]) == (404, "RepoNotFound")
        assert (nobody.status_code, nobody.headers["X-Error-Code"]) == (401, "RepoNotFound")
    lonely = knock(cast.olga).get("/api/models/lonely")
    assert (lonely.status_code, lonely.headers["X-Error-Code"]) == (404, "RepoNotFound")


@pytest.mark.usefixtures("private")
def test_lists_hold_what_the_caller_may_see(knock: Knock, cast: Cast) -> None:
    create(knock(cast.olga), "shown", visibility="public")
    create(knock(cast.olga), "inside")

    def names(client: httpx.Client) -> set[str]:
        return {row["id"] for row in client.get("/api/models").json()}

    assert names(knock(None)) == {"olga/shown"}
    assert names(knock(cast.stella)) == {"olga/shown", "olga/inside"}
    assert names(knock(cast.olga)) == {"olga/shown", "olga/inside", "olga/secret"}


@pytest.mark.usefixtures("private")
def test_a_collaborator_reads_and_is_told_that_writing_is_not_theirs(
    knock: Knock, cast: Cast
) -> None:
    Collaborator.objects.create(ai_model=AiModel.objects.get(), user=cast.mark)
    client = knock(cast.mark)

    assert client.get("/olga/secret/resolve/main/a.txt").content == b"a"
    refused = push(client, "olga/secret", file_line("b.txt", b"b"))
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_change")
    assert "X-Error-Code" not in refused.headers
    assert client.get("/api/models/olga/secret/auth-check").status_code == 200
    assert client.get("/api/models/olga/secret/auth-check/write").status_code == 403


def test_a_wrong_token_is_named_as_such(knock: Knock) -> None:
    client = knock(None)
    client.headers["Authorization"] = "Bearer hf_" + "x" * 37

    answer = client.get("/api/models")

    assert answer.status_code == 401
    sentence = "Invalid credentials in Authorization header"
    assert answer.headers["X-Error-Message"] == sentence


def test_a_token_that_only_reads_reads_by_every_verb_and_writes_by_none(
    knock: Knock, cast: Cast
) -> None:
    create(knock(cast.olga), "m")
    push(knock(cast.olga), "olga/m", file_line("a.txt", b"a"))
    client = knock(cast.olga, Scope.READ)

    asked = client.post("/api/models/olga/m/paths-info/main", data={"paths": ["a.txt"]})
    assert [row["path"] for row in asked.json()] == ["a.txt"]
    assert push(client, "olga/m", file_line("b.txt", b"b")).json()["code"] == "token_only_reads"
    assert create(client, "n").json()["code"] == "token_only_reads"
    assert client.get("/api/whoami-v2").json()["auth"]["accessToken"]["role"] == "read"
    assert client.get("/api/models/olga/m/xet-write-token/main").status_code == 403


def test_who_only_reads_makes_no_model(knock: Knock, cast: Cast) -> None:
    refused = create(knock(cast.rita), "m")

    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")


def test_a_team_publishes_under_its_own_name(knock: Knock, cast: Cast) -> None:
    create_team("vision", "Vision", owner=cast.olga)
    client = knock(cast.olga)

    made = create(client, "m", organization="vision")
    again = create(client, "vision/m")
    foreign = create(knock(cast.mark), "m", organization="vision")

    assert made.json()["url"].endswith("/hf/vision/m")
    assert (again.status_code, again.json()["url"]) == (409, made.json()["url"])
    assert foreign.status_code == 409
    assert create(knock(cast.mark), "n", organization="vision").status_code == 400
    assert [team["name"] for team in client.get("/api/whoami-v2").json()["orgs"]] == ["vision"]
    assert push(client, "vision/m", file_line("a.txt", b"a")).status_code == 200


def test_nobody_writes_without_a_name(knock: Knock, cast: Cast) -> None:
    create(knock(cast.olga), "m", visibility="public")

    assert create(knock(None), "n").status_code == 401
    assert push(knock(None), "olga/m", file_line("b.txt", b"b")).status_code == 401


def test_a_digest_is_no_way_to_bytes_of_others(knock: Knock, cast: Cast) -> None:
    olga, stella = knock(cast.olga), knock(cast.stella)
    create(olga, "secret", private=True)
    oid = send_large(olga, "olga/secret", LARGE)
    push(olga, "olga/secret", lfs_line("w.bin", oid))
    create(stella, "copy")

    stolen = push(stella, "stella/copy", lfs_line("w.bin", oid))
    known = push(stella, "stella/copy", lfs_line("w.bin", "0" * 64))

    assert (stolen.status_code, stolen.json()["code"]) == (400, "not_uploaded")
    assert stolen.json() == known.json()
    assert send_large(stella, "stella/copy", LARGE) == oid
    assert push(stella, "stella/copy", lfs_line("w.bin", oid)).status_code == 200


def test_refusals_in_any_alphabet_fit_into_a_header(knock: Knock, cast: Cast) -> None:
    create(knock(cast.olga), "m")

    answer = knock(cast.olga).get("/olga/m/resolve/main/보행자%0d%0aX-Evil:%201.bin")

    assert answer.status_code == 404
    assert answer.headers["X-Error-Code"] == "EntryNotFound"
    assert answer.headers["X-Repo-Commit"] == "0" * 40
    assert "X-Evil" not in answer.headers
    assert "보행자" in answer.json()["error"]


def test_an_old_name_leads_on_until_another_model_takes_it(knock: Knock, cast: Cast) -> None:
    client = knock(cast.olga)
    create(client, "old")
    push(client, "olga/old", file_line("a.txt", b"a"))
    create(client, "taken")

    def move(source: str, target: str) -> httpx.Response:
        body = {"fromRepo": source, "toRepo": target, "type": "model"}
        return client.post("/api/repos/move", json=body)

    refused = [move("olga/old", name) for name in ("olga/taken", "mark/old", "olga/a b", "olga")]
    assert [answer.status_code for answer in refused] == [409, 400, 400, 400]
    assert move("olga/old", "olga/new").status_code == 200
    assert client.get("/olga/old/resolve/main/a.txt").content == b"a"
    assert push(client, "olga/old", file_line("b.txt", b"b")).status_code == 200
    assert knock(cast.stella).get("/api/models/olga/old").json()["id"] == "olga/new"

    assert create(client, "old").status_code == 200
    assert client.get("/api/models/olga/old").json()["siblings"] == []
    assert len(client.get("/api/models/olga/new").json()["siblings"]) == 2
    assert knock(cast.stella).post("/api/repos/move", json={}).status_code == 404
