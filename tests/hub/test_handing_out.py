"""Downloads of Hugging Face clients: counted once, and given out by whoever is there for it."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from django.conf import settings
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from repository.blobs.store import blob_store
from repository.models import AiModel, Blob
from tests.cast import Cast
from tests.hub.wire import create, digest, file_line, push

Knock = Callable[..., httpx.Client]
FILE = "/olga/m/resolve/main/a.txt"


@pytest.fixture
def bucket() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.put(f"http://{host}:{port}/ondol").raise_for_status()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(knock: Knock, cast: Cast) -> httpx.Client:
    client = knock(cast.olga)
    create(client, "m")
    return client


def test_a_download_in_ranges_counts_once_and_a_look_does_not(client: httpx.Client) -> None:
    push(client, "olga/m", file_line("a.txt", b"hello"))
    client.head(FILE)
    for asked in ("0-1", "2-4"):
        client.get(FILE, headers={"Range": f"bytes={asked}"})

    assert AiModel.objects.get().downloads == 1


def test_nginx_is_told_where_the_bytes_lie_and_head_is_answered_by_us(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(client, "olga/m", file_line("a.txt", b"hello"))
    env = settings.ENV.model_copy(update={"accel_prefix": "/internal-blobs"})
    monkeypatch.setattr(settings, "ENV", env)

    name = digest(b"hello")
    got = client.get(FILE)
    assert got.headers["X-Accel-Redirect"] == f"/internal-blobs/{name[:2]}/{name[2:4]}/{name}"
    head = client.head(FILE).headers
    assert "X-Accel-Redirect" not in head
    assert head["Content-Length"] == "5"


def test_a_bucket_gives_the_bytes_and_the_redirect_says_what_they_are(
    client: httpx.Client, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "s3_bucket": "ondol",
        "s3_endpoint_url": bucket,
        "s3_region": "us-east-1",
        "s3_access_key": SecretStr("key"),
        "s3_secret_key": SecretStr("secret"),
        "s3_redirect": True,
    }
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update=given))
    blob_store.cache_clear()
    push(client, "olga/m", file_line("a.txt", b"hello"))

    moved = client.get(FILE)
    head = client.head(FILE)

    assert moved.status_code == 302
    assert moved.headers["Location"].startswith(f"{bucket}/ondol/blobs/")
    assert head.status_code == 200
    for name in ("ETag", "X-Repo-Commit"):
        assert moved.headers[name] == head.headers[name]
    part = httpx.get(moved.headers["Location"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"ell")
    assert AiModel.objects.get().downloads == 1

    blob = client.base_url.copy_with(path=f"/api/v1/blobs/{digest(b'hello')}")
    by_digest = client.get(blob)
    assert (by_digest.status_code, by_digest.headers["ETag"]) == (302, f'"{digest(b"hello")}"')
    signed = by_digest.headers["Location"]
    assert httpx.get(signed).content == b"hello"
    assert "Signature=" in signed
    name = client.get(blob.copy_merge_params({"filename": "밤 1.txt"})).headers["Location"]
    assert httpx.get(name).headers["Content-Disposition"].startswith("attachment")
    other = client.get(blob, headers={"Range": "bytes=1-3", "If-Range": '"of-other-bytes"'})
    assert (other.status_code, other.content) == (200, b"hello")
    shown = client.get(blob.copy_merge_params({"filename": "chart.png", "model": "olga/m"}))
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/png")
    assert (shown.content, AiModel.objects.get().downloads) == (b"hello", 1)


def test_damaged_bytes_are_given_to_nobody(client: httpx.Client) -> None:
    push(client, "olga/m", file_line("a.txt", b"hello"))
    Blob.objects.update(damaged_at="2026-01-01T00:00:00Z")

    answer = client.get(FILE)

    assert (answer.status_code, answer.json()["code"]) == (409, "damaged_file")
    assert client.head(FILE).status_code == 200
