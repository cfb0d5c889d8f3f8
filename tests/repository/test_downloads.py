import hashlib
import io
import json
import zipfile
from collections.abc import Callable

import httpx
import pytest
from django.conf import settings

from repository.blobs.store import blob_store
from repository.models import Blob
from tests.cast import Cast
from tests.repository.registry import commit_received, onnx_bytes, register

Api = Callable[..., httpx.Client]
CONTENT = onnx_bytes()
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FILE = "/models/olga/m/files/model.onnx"


@pytest.fixture
def client(api: Api, cast: Cast, vocabulary: None) -> httpx.Client:
    client = api(cast.olga)
    register(client, "olga", "m", visibility="private")
    files = {"model.onnx": CONTENT, "docs/README.md": "# 온돌\n".encode()}
    commit_received(client, cast.olga, "olga/m", files)
    return client


def downloads(client: httpx.Client) -> int:
    return int(client.get("/models/olga/m").json()["downloads"])


def test_a_download_in_many_ranges_counts_once(client: httpx.Client) -> None:
    middle = len(CONTENT) // 2
    for start, end in ((0, middle), (middle, len(CONTENT))):
        part = client.get(FILE, headers={"Range": f"bytes={start}-{end - 1}"})
        assert part.status_code == 206
    client.head(FILE)

    assert downloads(client) == 1
    client.get(FILE)
    assert downloads(client) == 2


def test_a_whole_version_comes_as_one_zip_with_its_manifest(client: httpx.Client) -> None:
    answer = client.get("/models/olga/m/archive", params={"ref": "main"})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        manifest = json.loads(found.read("ondol-manifest.json"))
        assert found.read("model.onnx") == CONTENT
        for row in manifest["files"]:
            assert hashlib.sha256(found.read(row["path"])).hexdigest() == row["sha256"]
    assert [row["path"] for row in manifest["files"]] == ["docs/README.md", "model.onnx"]
    assert downloads(client) == 1


def test_a_zip_is_for_those_who_see_the_model(api: Api, client: httpx.Client, cast: Cast) -> None:
    answer = api(cast.stella).get("/models/olga/m/archive")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_model")


def test_a_server_in_front_is_told_which_file_to_send(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = settings.ENV.model_copy(update={"accel_prefix": "/internal-blobs/"})
    monkeypatch.setattr(settings, "ENV", changed)

    answer = client.get(f"/blobs/{DIGEST}", params={"filename": "모델.onnx"})

    place = f"/internal-blobs/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"
    assert answer.headers["X-Accel-Redirect"] == place
    assert (answer.headers["ETag"], answer.content) == (f'"{DIGEST}"', b"")
    assert "filename*" in answer.headers["Content-Disposition"]


def test_a_model_deleted_while_it_is_read_is_read_to_its_end(client: httpx.Client) -> None:
    with client.stream("GET", f"/blobs/{DIGEST}") as answer:
        pieces = answer.iter_bytes(100)
        first = next(pieces)
        client.delete("/models/olga/m")
        whole = first + b"".join(pieces)

    assert whole == CONTENT
    assert client.get(f"/blobs/{DIGEST}").status_code == 404


def test_damaged_bytes_are_given_to_nobody(client: httpx.Client) -> None:
    Blob.objects.filter(pk=DIGEST).update(damaged_at="2026-01-01T00:00:00Z")

    answer = client.get(FILE)
    zipped = client.get("/models/olga/m/archive").content
    (row,) = [row for row in client.get("/models/olga/m/files").json()["results"] if row["code"]]

    assert (answer.status_code, answer.json()["code"]) == (409, "damaged_file")
    with zipfile.ZipFile(io.BytesIO(zipped)) as found:
        assert "model.onnx" not in found.namelist()
        manifest = json.loads(found.read("ondol-manifest.json"))
    assert [entry["damaged"] for entry in manifest["files"]] == [False, True]
    assert (row["path"], row["code"]) == ("model.onnx", "damaged_file")


def test_bytes_that_are_gone_are_not_found(client: httpx.Client) -> None:
    blob_store().delete(DIGEST)

    assert client.get(f"/blobs/{DIGEST}").status_code == 404
