from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ondol import Client, OndolError, WrongBytes, downloads, uploads
from ondol.downloads import place_of
from ondol.server import Server

from repository.models import AiModel
from tests.client.conftest import Desk
from tests.jobs.tiny import tiny_model

pytestmark = pytest.mark.django_db(transaction=True)
ABOUT = {"service_type": "image-classification", "contexts": ["night", "나의 상황"]}
CHUNK = 64 * 1024
SIZE = 10 * CHUNK + 17


class Cut(Exception):
    """The power fails."""


class CountingServer(Server):
    """Counts what is sent and fetched."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self.sent: list[int] = []
        self.ranges: list[int] = []

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        if method == "PATCH":
            self.sent.append(int(options["headers"]["Upload-Offset"]))
        return super().call(method, path, **options)

    def read_range(self, path: str, first: int, last: int) -> bytes:
        self.ranges.append(first)
        return super().read_range(path, first, last)


@pytest.fixture
def counted(desk: Desk) -> Iterator[tuple[Client, CountingServer]]:
    """Return a second process's client: nothing is shared but what is on the disk."""
    with Client() as client:
        client.close()
        server = CountingServer(desk.url, desk.token)
        client.server = server
        yield client, server


def cut_after(parts: int) -> Any:
    """Return a progress callback under which the power fails after so many parts."""
    told: list[int] = []

    def progress(_name: str, done: int, _all: int) -> None:
        told.append(done)
        if len(told) == parts:
            raise Cut

    return progress


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", CHUNK)
    monkeypatch.setattr(downloads, "PART", CHUNK)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_bytes(bytes(at % 61 + 32 for at in range(SIZE)))
    return path


def test_a_push_registers_a_model_and_a_pull_brings_the_same_bytes(
    desk: Desk, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "model.onnx").write_bytes(tiny_model())
    (source / "deep" / "labels.txt").write_text("한글\n", "utf-8")
    files = {"model.onnx": source / "model.onnx", "deep/labels.txt": source / "deep/labels.txt"}

    made = desk.client.push("olga/tiny", files, register=ABOUT)

    assert desk.client.model("olga/tiny")["head"]["id"] == made["id"]
    assert AiModel.objects.get().contexts.count() == 2
    brought = desk.client.pull("olga/tiny", tmp_path / "copy")
    assert sorted(path.relative_to(tmp_path / "copy").as_posix() for path in brought) == sorted(
        files
    )
    for path, file in files.items():
        assert (tmp_path / "copy" / path).read_bytes() == file.read_bytes()
    (only,) = desk.client.pull("olga/tiny", tmp_path / "form", artifact="onnx")
    assert only.read_bytes() == tiny_model()


@pytest.mark.usefixtures("small_parts")
def test_a_cut_push_goes_on_where_the_bytes_of_the_server_end(
    desk: Desk, big: Path, counted: tuple[Client, CountingServer]
) -> None:
    with pytest.raises(Cut):
        desk.client.upload(big, progress=cut_after(4))
    client, server = counted
    upload_id = client.upload(big)
    assert server.sent == [CHUNK * at for at in range(4, 11)]
    assert client.server.get(f"/uploads/{upload_id}")["state"] == "accepted"


@pytest.mark.usefixtures("small_parts")
def test_a_changed_file_is_sent_anew(
    desk: Desk, big: Path, counted: tuple[Client, CountingServer]
) -> None:
    with pytest.raises(Cut):
        desk.client.upload(big, progress=cut_after(4))
    big.write_bytes(big.read_bytes() + b"more")
    client, server = counted
    client.upload(big)
    assert server.sent[0] == 0


@pytest.mark.usefixtures("small_parts")
def test_a_cut_pull_fetches_no_part_twice(
    desk: Desk, big: Path, tmp_path: Path, counted: tuple[Client, CountingServer]
) -> None:
    desk.client.push("olga/notes", {"notes.txt": big}, register=ABOUT)
    folder = tmp_path / "copy"
    with pytest.raises(Cut):
        desk.client.pull("olga/notes", folder, progress=cut_after(5))
    assert not (folder / "notes.txt").exists()
    (journal,) = folder.glob("*.done")
    safe = {int(line) for line in journal.read_text().splitlines()}
    assert len(safe) >= 4

    client, server = counted
    client.pull("olga/notes", folder)

    assert set(server.ranges) == {CHUNK * at for at in range(11)} - safe
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert (folder / "notes.txt").read_bytes() == big.read_bytes()
    client.pull("olga/notes", folder)
    assert len(server.ranges) == 11 - len(safe)


@pytest.mark.usefixtures("small_parts")
def test_bytes_that_are_not_those_of_the_digest_are_not_kept(
    desk: Desk, big: Path, tmp_path: Path
) -> None:
    desk.client.push("olga/notes", {"notes.txt": big}, register=ABOUT)
    folder = tmp_path / "copy"
    with pytest.raises(Cut):
        desk.client.pull("olga/notes", folder, progress=cut_after(5))
    (part,) = folder.glob("*.part")
    (journal,) = folder.glob("*.done")
    spoiled = int(journal.read_text().splitlines()[0])
    content = bytearray(part.read_bytes())
    content[spoiled] ^= 1
    part.write_bytes(content)
    with pytest.raises(WrongBytes, match=r"notes\.txt"):
        desk.client.pull("olga/notes", folder)
    assert list(folder.iterdir()) == []


def test_a_refused_file_says_why_and_registers_nothing(desk: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "model.onnx"
    empty.write_bytes(b"")
    with pytest.raises(OndolError, match=r"model\.onnx"):
        desk.client.push("olga/tiny", {"model.onnx": empty}, register=ABOUT)
    assert desk.client.server.find("/models/olga/tiny") is None


@pytest.mark.parametrize("path", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "", "a\0b"])
def test_a_path_that_leaves_the_folder_is_not_written(path: str, tmp_path: Path) -> None:
    with pytest.raises(OndolError, match="not written"):
        place_of(tmp_path, path)


def test_an_address_where_nobody_answers_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ondol.server.FIRST_WAIT_S", 0.001)
    with (
        Client("http://127.0.0.1:9", "hf_x") as client,
        pytest.raises(OndolError, match="cannot be reached"),
    ):
        client.whoami()
