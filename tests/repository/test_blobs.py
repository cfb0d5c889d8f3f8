from collections.abc import Callable

import httpx
import pytest

from tests.cast import Cast
from tests.repository.registry import PNG, commit, onnx_bytes, register

Api = Callable[..., httpx.Client]


@pytest.fixture
def blob(api: Api, cast: Cast, vocabulary: None) -> tuple[httpx.Client, str]:
    client = api(cast.olga)
    register(client, "olga", "m")
    commit(client, "olga/m", {"model.onnx": onnx_bytes(), "look.png": PNG})
    files = client.get("/models/olga/m/files").json()["results"]
    return client, next(file["sha256"] for file in files if file["path"] == "model.onnx")


def test_bytes_come_whole_in_ranges_and_not_twice(blob: tuple[httpx.Client, str]) -> None:
    client, digest = blob
    whole = client.get(f"/blobs/{digest}")
    etag = whole.headers["ETag"]
    part = client.get(f"/blobs/{digest}", headers={"Range": "bytes=10-19", "If-Range": etag})
    other = client.get(f"/blobs/{digest}", headers={"Range": "bytes=10-19", "If-Range": '"x"'})
    known = client.get(f"/blobs/{digest}", headers={"If-None-Match": etag})
    beyond = client.get(f"/blobs/{digest}", headers={"Range": "bytes=999999-"})

    assert (whole.content, etag) == (onnx_bytes(), f'"{digest}"')
    assert (part.status_code, part.content) == (206, onnx_bytes()[10:20])
    assert (other.status_code, other.content) == (200, onnx_bytes())
    assert (known.status_code, beyond.status_code) == (304, 416)
    assert client.head(f"/blobs/{digest}").headers["Content-Length"] == str(len(onnx_bytes()))


def test_bytes_of_strangers_are_never_a_page_of_ours(blob: tuple[httpx.Client, str]) -> None:
    client, digest = blob
    answer = client.get(f"/blobs/{digest}", params={"filename": "evil.html"})

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_picture_may_stand_in_a_page(blob: tuple[httpx.Client, str]) -> None:
    client, _ = blob

    assert client.get("/models/olga/m/files/look.png").headers["Content-Type"] == "image/png"


def test_nobody_reads_without_a_name(blob: tuple[httpx.Client, str], server: str) -> None:
    answer = httpx.get(f"{server}/api/v1/blobs/{blob[1]}")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
