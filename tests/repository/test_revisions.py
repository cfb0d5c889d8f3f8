from collections.abc import Callable

import httpx
import pytest

from repository.models import AiModel, Collaborator, Revision
from tests.cast import Cast
from tests.repository.registry import PNG, commit_received, onnx_bytes, received, register

Api = Callable[..., httpx.Client]
MODEL = "/models/olga/m"
README = b"# one\n"


@pytest.fixture
def client(calls: Api, cast: Cast, vocabulary: None) -> httpx.Client:
    """Return olga's client; her model has two revisions: a README came, then changed."""
    client = calls(cast.olga)
    register(client, "olga", "m")
    commit_received(client, cast.olga, "olga/m", {"model.onnx": onnx_bytes(), "README.md": README})
    commit_received(client, cast.olga, "olga/m", {"README.md": b"# two\n", "img/look.png": PNG})
    return client


def log(client: httpx.Client, **query: str) -> list[str]:
    rows = client.get(f"{MODEL}/revisions", params=query).json()["results"]
    return [row["id"] for row in rows]


def put_ref(client: httpx.Client, kind: str, name: str, revision: str = "main") -> httpx.Response:
    return client.post(f"{MODEL}/refs", json={"kind": kind, "name": name, "revision": revision})


def test_the_log_goes_back_to_the_first_revision_in_pages(client: httpx.Client) -> None:
    newest, oldest = log(client)
    page = client.get(f"{MODEL}/revisions", params={"limit": 1}).json()

    assert page["next"] == oldest
    assert log(client, cursor=page["next"]) == [oldest]
    assert page["results"][0]["parent"] == oldest
    assert page["results"][0]["refs"] == [{"kind": "branch", "name": "main"}]
    assert client.get(f"{MODEL}/revisions", params={"cursor": "0" * 40}).status_code == 422
    assert newest == page["results"][0]["id"]


@pytest.mark.parametrize("named", ["{0}", "{0:.7}", "1.0", "refs/tags/1.0", "try/x", "candidate"])
def test_a_revision_is_found_by_every_name_it_has(client: httpx.Client, named: str) -> None:
    oldest = log(client)[1]
    put_ref(client, "tag", "1.0", oldest)
    put_ref(client, "branch", "try/x", oldest)
    put_ref(client, "alias", "candidate", oldest)

    found = client.get(f"{MODEL}/files", params={"ref": named.format(oldest)}).json()["results"]

    assert [file["path"] for file in found] == ["README.md", "model.onnx"]


@pytest.mark.parametrize("ref", ["nothing", "abcdef1", "refs/heads/1.0", "refs/tags/main", "", "%"])
def test_a_name_of_nothing_is_refused(client: httpx.Client, ref: str) -> None:
    put_ref(client, "tag", "1.0")
    answer = client.get(f"{MODEL}/files", params={"ref": ref})

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_revision")


def test_a_version_never_moves_not_even_by_way_of_its_withdrawal(client: httpx.Client) -> None:
    newest, oldest = log(client)
    assert put_ref(client, "tag", "1.0", oldest).status_code == 201

    again = put_ref(client, "tag", "1.0", newest)
    moved = client.patch(f"{MODEL}/refs/1.0", json={"revision": newest})
    assert (again.json()["code"], moved.json()["code"]) == ("ref_taken", "tag_frozen")

    assert client.delete(f"{MODEL}/refs/1.0").status_code == 204
    assert client.get(f"{MODEL}/refs/1.0").status_code == 404
    elsewhere = put_ref(client, "tag", "1.0", newest)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "tag_frozen")
    assert put_ref(client, "tag", "1.0", oldest).json()["revision"] == oldest


def test_an_alias_moves_and_remembers_where_it_was(client: httpx.Client) -> None:
    newest, oldest = log(client)
    put_ref(client, "alias", "stable", oldest)

    client.patch(f"{MODEL}/refs/stable", json={"revision": newest})

    shown = client.get(f"{MODEL}/refs/stable").json()
    assert (shown["revision"], [move["revision"] for move in shown["moves"]]) == (
        newest,
        [newest, oldest],
    )
    assert shown["moves"][0]["moved_by"] == "olga"


def test_editors_propose_and_owners_recommend(calls: Api, cast: Cast, client: httpx.Client) -> None:
    model = AiModel.objects.get()
    Collaborator.objects.create(ai_model=model, user=cast.mark, may_write=True)
    put_ref(client, "alias", "stable")
    editor = calls(cast.mark)

    assert put_ref(editor, "alias", "candidate").status_code == 201
    refused = editor.patch(f"{MODEL}/refs/stable", json={"revision": "main"})
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_promote")
    assert editor.delete(f"{MODEL}/refs/stable").json()["code"] == "may_not_promote"
    assert put_ref(calls(cast.stella), "tag", "9").json()["code"] == "may_not_change"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("tag", "../x"),
        ("tag", "a//b"),
        ("tag", "abcdef1234"),
        ("tag", "refs/tags/x"),
        ("branch", "stable"),
        ("branch", "x.lock"),
        ("branch", "한글"),
        ("alias", "-x"),
    ],
)
def test_a_name_that_would_confuse_is_refused(client: httpx.Client, kind: str, name: str) -> None:
    answer = put_ref(client, kind, name)

    assert (answer.status_code, answer.json()["code"]) == (422, "ref_name_not_allowed")


def test_a_branch_goes_its_own_way_and_main_stays(client: httpx.Client, cast: Cast) -> None:
    newest = log(client)[0]
    put_ref(client, "branch", "try")
    made = commit_received(
        client, cast.olga, "olga/m", {"b.onnx": onnx_bytes()}, branch="try"
    ).json()["id"]

    assert log(client, ref="try")[:2] == [made, newest]
    assert log(client)[0] == newest
    assert (
        commit_received(
            client, cast.olga, "olga/m", {"b.onnx": onnx_bytes()}, branch="no"
        ).status_code
        == 404
    )
    assert client.patch(f"{MODEL}/refs/try", json={"revision": newest}).status_code == 409
    assert client.delete(f"{MODEL}/refs/main").json()["code"] == "main_stays"


def test_two_commits_on_one_parent_leave_one(client: httpx.Client, cast: Cast) -> None:
    newest = log(client)[0]
    first = commit_received(client, cast.olga, "olga/m", {"b.onnx": onnx_bytes()}, parent=newest)
    second = commit_received(client, cast.olga, "olga/m", {"c.onnx": onnx_bytes()}, parent=newest)

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "stale_parent")
    assert len(log(client)) == 3


def test_a_difference_names_what_came_went_and_changed(client: httpx.Client) -> None:
    client.post(f"{MODEL}/commits", json={"message": "drop", "deletions": ["model.onnx"]})
    oldest = log(client)[-1]

    found = client.get(f"{MODEL}/diff", params={"before": oldest}).json()

    assert [(row["path"], row["change"]) for row in found["results"]] == [
        ("README.md", "changed"),
        ("img/look.png", "added"),
        ("model.onnx", "removed"),
    ]
    assert found["results"][0]["old_size_bytes"] == len(README)
    assert found["results"][2]["new_sha256"] is None


def test_an_old_revision_comes_back_as_a_new_one(client: httpx.Client) -> None:
    oldest = log(client)[1]

    made = client.post(f"{MODEL}/revisions/{oldest}/restore", json={})
    again = client.post(f"{MODEL}/revisions/{oldest}/restore", json={})

    assert made.status_code == 201
    assert log(client)[0] == made.json()["id"]
    assert client.get(f"{MODEL}/diff", params={"before": oldest}).json()["results"] == []
    readme = client.get(f"{MODEL}/readme?text=true").json()
    assert "one" in readme["html"]
    assert readme["text"].startswith("#")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_restore")


def test_a_deleted_revision_keeps_its_place_in_the_log(client: httpx.Client) -> None:
    newest, oldest = log(client)
    put_ref(client, "tag", "1.0", oldest)
    kept = client.delete(f"{MODEL}/revisions/{oldest}")
    client.delete(f"{MODEL}/refs/1.0")

    gone = client.delete(f"{MODEL}/revisions/{oldest}")

    assert (kept.status_code, kept.json()["code"]) == (409, "revision_in_use")
    assert gone.status_code == 204
    assert client.get(f"{MODEL}/files", params={"ref": oldest}).status_code == 404
    assert log(client) == [newest, oldest]
    assert put_ref(client, "tag", "1.0", oldest).json()["code"] == "no_such_revision"


def test_a_model_with_a_history_can_be_deleted(client: httpx.Client) -> None:
    put_ref(client, "tag", "1.0")

    assert client.delete(MODEL).status_code == 204
    assert not Revision.objects.exists()


def test_a_folder_shows_what_lies_in_it(client: httpx.Client) -> None:
    top = client.get(f"{MODEL}/tree").json()["results"]
    folder = client.get(f"{MODEL}/tree", params={"path": "img/"}).json()["results"]
    none = client.get(f"{MODEL}/tree", params={"path": "im"})

    assert [(row["path"], row["file"] is None) for row in top] == [
        ("img", True),
        ("README.md", False),
        ("model.onnx", False),
    ]
    assert top[0]["size_bytes"] == len(PNG)
    assert [row["path"] for row in folder] == ["img/look.png"]
    assert none.json()["code"] == "no_such_file"


@pytest.mark.parametrize("count", [2_001, 100_000])
def test_more_files_than_a_version_holds_are_refused_at_once(
    client: httpx.Client, count: int
) -> None:
    files = [{"path": f"f/{at}", "upload_id": "x" * 16} for at in range(count)]

    answer = client.post(f"{MODEL}/commits", json={"message": "m", "files": files})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "at most 2000 files" in answer.json()["details"]["files"][0]
    assert len(log(client)) == 2


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["../x"], "path_not_allowed"),
        (["/x"], "path_not_allowed"),
        (["a/../x"], "path_not_allowed"),
        (["a\\x"], "path_not_allowed"),
        (["a//x"], "path_not_allowed"),
        (["\uff0e\uff0e/x"], "path_not_allowed"),
        (["a\uff0fx"], "path_not_allowed"),
        (["a\u202ex"], "invalid"),
        (["a "], "path_not_allowed"),
        (["a./x"], "path_not_allowed"),
        (["x" * 256], "invalid"),
        (["x" * 5000], "invalid"),
        (["a\x00"], "invalid"),
        (["Model.ONNX"], "paths_collide"),
        (["model.onnx/x"], "paths_collide"),
        (["b", "B"], "paths_collide"),
    ],
)
def test_a_path_that_means_another_is_refused(
    client: httpx.Client, cast: Cast, paths: list[str], code: str
) -> None:
    upload_id = received(cast.olga, "x.onnx", onnx_bytes()).pk
    files = [{"path": path, "upload_id": upload_id} for path in paths]

    answer = client.post(f"{MODEL}/commits", json={"message": "m", "files": files})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert len(log(client)) == 2
