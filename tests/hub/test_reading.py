"""The read surface, where the bytes of an answer matter to clients."""

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from repository.hub import tree
from repository.models import AiModel
from tests.cast import Cast
from tests.hub.wire import create, file_line, lfs_line, push, send_large

Knock = Callable[..., httpx.Client]
LARGE = bytes(range(256)) * (9 * 2**12)


@pytest.fixture
def client(knock: Knock, cast: Cast) -> httpx.Client:
    client = knock(cast.olga)
    create(client, "m")
    return client


def commit(client: httpx.Client, files: dict[str, bytes], **more: str) -> str:
    lines = [
        lfs_line(path, send_large(client, "olga/m", content))
        if len(content) > 2**23
        else file_line(path, content)
        for path, content in files.items()
    ]
    answer = push(client, "olga/m", *lines, **more)
    assert answer.status_code == 200, answer.text
    oid: str = answer.json()["commitOid"]
    return oid


def test_head_says_all_that_a_download_is_planned_by(client: httpx.Client) -> None:
    oid = commit(client, {"a.txt": b"hello\n", "w.bin": LARGE})

    small = client.head("/olga/m/resolve/main/a.txt").headers
    large = client.head("/olga/m/resolve/main/w.bin").headers

    # `printf 'hello\n' | git hash-object --stdin`
    assert small["ETag"] == '"ce013625030ba8dba906f756967f9e9ca394464a"'
    assert (small["X-Repo-Commit"], small["Content-Length"]) == (oid, "6")
    assert large["ETag"] == large["X-Linked-Etag"] == f'"{hashlib.sha256(LARGE).hexdigest()}"'
    assert large["Content-Length"] == large["X-Linked-Size"] == str(len(LARGE))
    assert not any(name.startswith("x-xet") for name in large)


def test_ranges_are_answered_and_nothing_is_packed(client: httpx.Client) -> None:
    commit(client, {"w.bin": LARGE})
    for asked, start, end in (("5-", 5, None), ("0-0", 0, 1), ("100-199", 100, 200)):
        headers = {"Range": f"bytes={asked}", "Accept-Encoding": "gzip, deflate"}

        part = client.get("/olga/m/resolve/main/w.bin", headers=headers)

        assert part.status_code == 206
        assert part.content == LARGE[start:end]
        assert "Content-Encoding" not in part.headers
        assert part.headers["Content-Range"].endswith(f"/{len(LARGE)}")


def test_a_revision_with_a_slash_is_one_part_of_the_path(client: httpx.Client) -> None:
    first = commit(client, {"a.txt": b"1"})
    client.post("/api/models/olga/m/branch/feat%2Fx", json={"startingPoint": first})
    commit(client, {"a.txt": b"2"}, rev="feat%2Fx")

    for rev, content in (("feat%2Fx", b"2"), ("refs%2Fheads%2Ffeat%2Fx", b"2"), ("HEAD", b"1")):
        assert client.get(f"/olga/m/resolve/{rev}/a.txt").content == content
    missing = client.get("/olga/m/resolve/refs%2Fpr%2F1/a.txt")
    assert (missing.status_code, missing.headers["X-Error-Code"]) == (404, "RevisionNotFound")


def test_a_long_tree_comes_in_pages_with_absolute_links(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "PAGE", 100)
    commit(client, {f"d{at % 7}/f{at:04}.txt": b"x" for at in range(150)})
    seen: list[str] = []
    url = "/api/models/olga/m/tree/main?recursive=true"
    pages = 0
    while url:
        answer = client.get(url)
        seen += [row["path"] for row in answer.json() if row["type"] == "file"]
        url = answer.links.get("next", {}).get("url", "")
        assert not url or url.startswith("http://127.0.0.1:")
        pages += 1

    assert pages == 2
    assert len(seen) == len(set(seen)) == 150
    top = client.get("/api/models/olga/m/tree/main").json()
    assert [row["type"] for row in top] == ["directory"] * 7
    under = client.get("/api/models/olga/m/tree/main/d3").json()
    assert all(row["path"].startswith("d3/") for row in under)
    assert (
        client.get("/api/models/olga/m/tree/main/none").headers["X-Error-Code"] == "EntryNotFound"
    )


def test_a_list_comes_in_pages(client: httpx.Client) -> None:
    for at in range(5):
        create(client, f"n{at}")
    names: list[str] = []
    url = "/api/models?limit=2"
    while url:
        answer = client.get(url)
        names += [row["id"] for row in answer.json()]
        url = answer.links.get("next", {}).get("url", "")

    assert names == ["olga/n4", "olga/n3", "olga/n2", "olga/n1", "olga/n0", "olga/m"]
    commit(client, {"b.txt": b"b", "a.txt": b"a"})
    newest = [client.get(f"/api/models?sort={by}").json() for by in ("lastModified", "createdAt")]
    assert [rows[0]["id"] for rows in newest] == ["olga/m", "olga/n4"]
    AiModel.objects.filter(name="n2").update(downloads=3)
    fetched = client.get("/api/models?sort=downloads&limit=1")
    others = client.get(fetched.links["next"]["url"]).json()
    assert [(row["id"], row["downloads"]) for row in fetched.json()] == [("olga/n2", 3)]
    assert others[0]["id"] == "olga/n4"
    full = client.get("/api/models", params={"full": "true", "limit": 1}).json()
    assert [row["rfilename"] for row in full[0]["siblings"]] == ["a.txt", "b.txt"]
    assert len(full[0]["sha"]) == 40


FOUND_BY: list[dict[str, Any]] = [
    {"filter": "service-type:speech-command"},
    {"filter": ["context:night", "license:mit"]},
    {"filter": "밤"},
    {"pipeline_tag": "audio-classification"},
    {"filter": "audio-classification"},
    {"search": "ol"},
    {"filter": ["dataset:night-streets", "language:ko"]},
    {"filter": "base_model:olga/Base"},
    {"filter": "ko", "search": "ol"},
    {"filter": ["timm", "our-own-word"]},
]
NOT_BY = [
    {"filter": "context:factory"},
    {"filter": "no-such-word"},
    {"author": "mark"},
    {"filter": "dataset:ko"},
    {"filter": "language:day", "search": "ol"},
]


@pytest.mark.usefixtures("vocabulary")
def test_the_words_of_a_card_find_the_model(client: httpx.Client) -> None:
    card = (
        "---\nlicense: mit\npipeline_tag: audio-classification\n"
        "tags: [service-type:speech-command, night, our-own-word]\nlanguage: [ko, en]\n"
        "datasets: night-streets\nbase_model: olga/Base\nlibrary_name: timm\n---\n# M\n"
    )
    commit(client, {"README.md": card.encode()})

    for query in FOUND_BY:
        rows = client.get("/api/models", params=query).json()
        assert [row["id"] for row in rows] == ["olga/m"], query
    for query in NOT_BY:
        assert client.get("/api/models", params=query).json() == [], query
    said = {"dataset:night-streets", "ko", "base_model:olga/Base", "timm", "our-own-word"}
    assert said <= set(client.get("/api/models/olga/m").json()["tags"])


@pytest.mark.usefixtures("vocabulary")
def test_what_a_card_stops_saying_is_taken_back_and_the_rest_stays(client: httpx.Client) -> None:
    commit(client, {"README.md": b"---\ntags: [context:night, context:rain]\n---\n"})
    commit(client, {"README.md": b"---\ntags: [context:rain]\n---\n"})

    tags = client.get("/api/models/olga/m").json()["tags"]

    assert "context:rain" in tags
    assert "context:night" not in tags
    assert "service-type:unsorted" in tags


def test_fields_are_chosen_by_expand(client: httpx.Client) -> None:
    oid = commit(client, {"a.txt": b"a"})

    answer = client.get("/api/models/olga/m", params={"expand": ["sha", "tags"]}).json()

    assert set(answer) == {"_id", "id", "modelId", "sha", "tags"}
    assert answer["sha"] == oid


def test_what_is_not_hosted_is_told_in_a_sentence(client: httpx.Client) -> None:
    sought = client.get("/api/datasets/olga/m")
    asked = client.post("/api/models/olga/m/discussions", json={"title": "x"})
    squashed = client.post("/api/models/olga/m/super-squash/main", json={"message": "x"})

    assert (sought.status_code, sought.headers["X-Error-Code"]) == (404, "RepoNotFound")
    assert (asked.status_code, squashed.status_code) == (501, 501)
    assert "hosts models only" in asked.headers["X-Error-Message"]
    assert "never squashed" in squashed.headers["X-Error-Message"]


def test_a_browser_is_led_to_the_page_of_the_model(client: httpx.Client) -> None:
    answer = client.get("/olga/M/commit/abc", follow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/models/olga/m")


def test_a_file_that_may_run_code_is_kept_told_of_and_not_given_out(client: httpx.Client) -> None:
    lines = [file_line("a.txt", b"a"), file_line("w.pkl", pickle.dumps({"a": print}))]
    answer = push(client, "olga/m", *lines)

    assert answer.headers["X-HF-Warning"].endswith("when opened: w.pkl")
    assert [row["path"] for row in client.get("/api/models/olga/m/tree/main").json()] == ["a.txt"]
    assert client.head("/olga/m/resolve/main/w.pkl").status_code == 200
    refused = client.get("/olga/m/resolve/main/w.pkl")
    assert (refused.status_code, refused.json()["code"]) == (403, "blocked_file")
