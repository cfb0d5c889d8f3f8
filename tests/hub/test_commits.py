"""Commits: one after the other, twice by mistake, and with what no commit may hold."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from repository.models import Revision
from tests.cast import Cast
from tests.hub.wire import JSON_LINES, create, file_line, line, push

Knock = Callable[..., httpx.Client]


@pytest.fixture
def client(knock: Knock, cast: Cast) -> httpx.Client:
    client = knock(cast.olga)
    create(client, "m")
    return client


def oid(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["commitOid"]
    return found


def paths(client: httpx.Client) -> list[str]:
    rows = client.get("/api/models/olga/m/tree/main?recursive=true").json()
    return [row["path"] for row in rows if row["type"] == "file"]


def test_a_commit_whose_answer_got_lost_may_be_sent_again(client: httpx.Client) -> None:
    first = oid(push(client, "olga/m", file_line("a.txt", b"a"), file_line("d/b.txt", b"b")))
    again = oid(push(client, "olga/m", file_line("a.txt", b"a"), file_line("d/b.txt", b"b")))
    lines = [file_line("c.txt", b"c"), line("deletedFile", path="a.txt")]
    lines.append(line("deletedFolder", path="d/"))
    second = oid(push(client, "olga/m", *lines, parent=first))
    repeated = oid(push(client, "olga/m", *lines, parent=first))

    assert first == again
    assert second == repeated != first
    assert paths(client) == ["c.txt"]
    assert Revision.objects.count() == 2


def test_other_words_or_another_person_make_no_retry(
    client: httpx.Client, knock: Knock, cast: Cast
) -> None:
    first = oid(push(client, "olga/m", file_line("a.txt", b"a"), file_line("b.txt", b"b")))
    lines = [line("deletedFile", path="a.txt")]
    oid(push(client, "olga/m", *lines, parent=first))

    stale = push(client, "olga/m", file_line("c.txt", b"c"), parent=first)
    gone = push(client, "olga/m", *lines, message="other words")
    admin = push(knock(cast.ada), "olga/m", *lines)

    assert (stale.status_code, stale.json()["code"]) == (412, "stale_parent")
    assert (gone.status_code, gone.headers["X-Error-Code"]) == (404, "EntryNotFound")
    assert admin.status_code == 404


def test_of_two_commits_on_one_parent_one_is_stale(client: httpx.Client) -> None:
    first = oid(push(client, "olga/m", file_line("a.txt", b"a")))

    def add(name: str) -> int:
        return push(client, "olga/m", file_line(name, name.encode()), parent=first).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(add, ["1.txt", "2.txt", "3.txt", "4.txt"]))

    assert sorted(answers) == [200, 412, 412, 412]
    assert len(paths(client)) == 2


WRONG_PATHS = ["../a.txt", "/a.txt", "a//b.txt", "a\\b.txt", "a\0b.txt", "a/./b", "x" * 5_000, ""]


def test_what_no_commit_may_hold_is_refused_and_writes_nothing(client: httpx.Client) -> None:
    good = file_line("good.txt", b"good")
    wrong = [file_line(path, b"x") for path in WRONG_PATHS]
    wrong.append(file_line("w.onnx", b"\x08\x07 not an ONNX model at all" * 9))
    wrong += ["not json", "[]", "{}", '{"key": "format", "value": {}}', '{"key": "file"}']
    wrong += ['{"key": "file", "value": []}', line("file", path="a", content=1)]
    wrong.append(line("file", path="a.txt", content="not base64!", encoding="base64"))
    wrong.append(line("lfsFile", path="a.bin", oid="../../etc/passwd"))
    wrong.append("[" * 100_000)

    wrong.append("\n".join([line("deletedFile", path="a.txt")] * 4_001))

    for text in wrong:
        answer = push(client, "olga/m", good, text)
        assert answer.status_code == 400, text[:80]
        assert answer.json()["error"]
    assert not Revision.objects.exists()


def test_a_commit_is_made_of_lines_however_they_are_cut(client: httpx.Client) -> None:
    head = line("header", summary="s", description="two\n\nmore")
    text = "\n".join([head, file_line("a.txt", "낮".encode()), ""]).encode()
    headers = {"Content-Type": JSON_LINES}

    def drip() -> list[bytes]:
        return [text[at : at + 7] for at in range(0, len(text), 7)]

    path = "/api/models/olga/m/commit/main"
    first = client.post(path, content=iter(drip()), headers=headers)

    assert first.status_code == 200
    assert client.get("/olga/m/resolve/main/a.txt").text == "낮"
    commit = client.get("/api/models/olga/m/commits/main").json()[0]
    assert (commit["title"], commit["message"]) == ("s", "two\n\nmore")
    assert commit["date"].endswith("Z")


def test_a_commit_carries_files_as_large_as_it_may(client: httpx.Client) -> None:
    # Two of them: more than Django would take into memory, and than most servers let through.
    content = bytes(range(256)) * 2**15

    oid(push(client, "olga/m", file_line("a.bin", content), file_line("b.bin", content[::-1])))

    assert client.get("/olga/m/resolve/main/b.bin").content == content[::-1]
