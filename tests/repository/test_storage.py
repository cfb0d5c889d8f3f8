import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from portal.accounts.models import Namespace
from portal.core.models import OutboxMessage
from repository.blobs.store import BlobStore, blob_store
from repository.models import Blob, EvaluationSet, UploadSession
from repository.selectors.storage import usage_of
from repository.services.blobs import adopt_file
from repository.services.collection import adopt_strays, collect_blobs, collect_when_due
from repository.services.verification import sample_download
from repository.types import Task
from tests.cast import Cast
from tests.repository.registry import commit_received, onnx_bytes, received, register

Calls = Callable[..., httpx.Client]
CONTENT = onnx_bytes()
DIGEST = hashlib.sha256(CONTENT).hexdigest()
LONG_AGO = dt.timedelta(days=2)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    """Return each kind of store, empty."""
    if request.param == "folder":
        return blob_store()
    address = request.getfixturevalue("s3_server")
    bucket = f"b{abs(hash(request.node.name))}"
    httpx.put(f"{address}/{bucket}").raise_for_status()
    changed = {
        "s3_bucket": bucket,
        "s3_endpoint_url": address,
        "s3_region": "us-east-1",
        "s3_access_key": SecretStr("key"),
        "s3_secret_key": SecretStr("secret"),
    }
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update=changed))
    blob_store.cache_clear()
    return blob_store()


def file_of(tmp_path: Path, content: bytes = CONTENT) -> Path:
    path = tmp_path / "arrived"
    path.write_bytes(content)
    return path


def test_a_store_keeps_gives_and_forgets_bytes(store: BlobStore, tmp_path: Path) -> None:
    assert not store.exists(DIGEST)
    with pytest.raises(FileNotFoundError):
        store.open(DIGEST)

    store.put(DIGEST, file_of(tmp_path))
    store.put(DIGEST, file_of(tmp_path))

    assert store.exists(DIGEST)
    with store.open(DIGEST) as content:
        assert content.read() == CONTENT
    assert store.path(DIGEST).read_bytes() == CONTENT
    assert list(store.digests()) == [DIGEST]
    store.delete(DIGEST)
    store.delete(DIGEST)
    assert not store.exists(DIGEST)


@pytest.mark.usefixtures("db")
def test_an_adopted_file_is_a_row_and_bytes(store: BlobStore, tmp_path: Path) -> None:
    path = file_of(tmp_path)

    blob = adopt_file(path)

    assert (blob.sha256, blob.size_bytes) == (DIGEST, len(CONTENT))
    assert not path.exists()
    assert store.path(DIGEST).read_bytes() == CONTENT


@pytest.fixture
def client(calls: Calls, cast: Cast, vocabulary: None) -> httpx.Client:
    client = calls(cast.olga)
    register(client, "olga", "m")
    commit_received(client, cast.olga, "olga/m", {"model.onnx": CONTENT})
    return client


def orphaned_long_ago() -> None:
    UploadSession.objects.all().delete()
    collect_blobs()
    Blob.objects.exclude(orphaned_at=None).update(orphaned_at=timezone.now() - LONG_AGO)


def test_bytes_go_a_grace_period_after_the_last_model_that_had_them(client: httpx.Client) -> None:
    UploadSession.objects.all().delete()
    collect_blobs()
    assert Blob.objects.get().orphaned_at is None

    client.delete("/models/olga/m")
    assert collect_blobs() == 0
    assert blob_store().exists(DIGEST)
    Blob.objects.update(orphaned_at=timezone.now() - LONG_AGO)
    assert collect_blobs() == 1
    assert not Blob.objects.exists()
    assert not blob_store().exists(DIGEST)


def test_an_orphan_that_is_wanted_again_stays(client: httpx.Client, cast: Cast) -> None:
    client.delete("/models/olga/m")
    orphaned_long_ago()

    received(cast.olga, "again.onnx", CONTENT)

    assert collect_blobs() == 0
    assert Blob.objects.get().orphaned_at is None


def test_an_upload_and_test_data_keep_their_bytes(
    client: httpx.Client, cast: Cast, tmp_path: Path
) -> None:
    received(cast.olga, "b.md", b"words")
    EvaluationSet.objects.create(
        namespace=Namespace.objects.get(slug="olga"),
        name="e",
        metric="top1",
        evaluation_blob=adopt_file(file_of(tmp_path, b"samples")),
        evaluation_count=1,
    )

    collect_blobs()

    assert Blob.objects.filter(orphaned_at=None).count() == 3


def test_the_janitor_collects_now_and_then_only(client: httpx.Client) -> None:
    collect_when_due()
    client.delete("/models/olga/m")
    UploadSession.objects.all().delete()
    collect_when_due()

    assert Blob.objects.get().orphaned_at is None


def test_bytes_a_crash_left_without_a_row_are_collected_too(
    db: None, store: BlobStore, tmp_path: Path
) -> None:
    store.put(DIGEST, file_of(tmp_path))

    assert adopt_strays() == 1
    orphaned_long_ago()
    assert collect_blobs() == 1
    assert list(store.digests()) == []


def flip(path: Path) -> None:
    path.chmod(0o644)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)


def test_the_scrubber_finds_a_flipped_bit_and_an_upload_heals_it(
    client: httpx.Client, cast: Cast
) -> None:
    call_command("scrub_blobs", stdout=io.StringIO())
    flip(blob_store().path(DIGEST))

    told = io.StringIO()
    with pytest.raises(CommandError):
        call_command("scrub_blobs", stdout=told)
    assert f"{DIGEST}  olga/" in told.getvalue()
    assert Blob.objects.get().damaged_at is not None

    received(cast.olga, "again.onnx", CONTENT)
    call_command("scrub_blobs", stdout=io.StringIO())
    assert blob_store().path(DIGEST).read_bytes() == CONTENT


def test_the_scrubber_misses_what_is_gone(client: httpx.Client) -> None:
    blob_store().delete(DIGEST)

    with pytest.raises(CommandError):
        call_command("scrub_blobs", stdout=io.StringIO())


@pytest.mark.parametrize(("share", "asked"), [(1.0, 1), (0.0, 0)])
def test_a_share_of_what_is_read_is_verified(
    db: None, monkeypatch: pytest.MonkeyPatch, share: float, asked: int
) -> None:
    changed = settings.ENV.model_copy(update={"verify_share": share})
    monkeypatch.setattr(settings, "ENV", changed)

    sample_download(DIGEST)

    assert OutboxMessage.objects.filter(task=Task.VERIFY_BLOB).count() == asked


def test_an_account_counts_each_byte_once(client: httpx.Client, cast: Cast) -> None:
    namespace = Namespace.objects.get(slug="olga")
    commit_received(client, cast.olga, "olga/m", {"copy.onnx": CONTENT})
    received(cast.olga, "b.md", b"words")

    usage = usage_of(namespace)

    assert (usage.held_bytes, usage.reserved_bytes) == (len(CONTENT), 5)


def test_an_administrator_gives_an_owner_a_limit_of_their_own(
    calls: Calls, client: httpx.Client, cast: Cast
) -> None:
    refused = client.put("/storage/olga", json={"limit_bytes": 10})
    given = calls(cast.ada).put("/storage/olga", json={"limit_bytes": len(CONTENT) + 3})
    upload_id = received(cast.olga, "b.md", b"abc").pk
    files = [{"path": "b.md", "upload_id": upload_id}]

    assert refused.status_code == 403
    assert given.json()["limit_bytes"] == len(CONTENT) + 3
    assert calls(cast.mark).get("/storage/olga").status_code == 404
    assert client.get("/storage/olga").json()["held_bytes"] == len(CONTENT)
    fits = client.post("/models/olga/m/commits", json={"message": "m", "files": files})
    assert fits.status_code == 201

    calls(cast.ada).put("/storage/olga", json={"limit_bytes": 0})
    more = received(cast.olga, "c.md", b"four").pk
    calls(cast.ada).put("/storage/olga", json={"limit_bytes": len(CONTENT) + 3})
    UploadSession.objects.update(namespace=Namespace.objects.get(slug="mark"))
    files = [{"path": "c.md", "upload_id": more}]
    over = client.post("/models/olga/m/commits", json={"message": "m", "files": files})
    assert (over.status_code, over.json()["code"]) == (422, "quota_exceeded")
    limit = len(CONTENT) + 3
    assert over.json()["values"] == {
        "owner": "olga",
        "limit_bytes": limit,
        "free_bytes": 0,
        "needed_bytes": 4,
    }


def test_everybody_is_told_how_full_their_own_is_and_an_administrator_the_server(
    calls: Calls, client: httpx.Client, cast: Cast
) -> None:
    cache.clear()
    own, server = client.get("/storage").json(), calls(cast.ada).get("/storage").json()

    assert (own["owner"], own["held_bytes"]) == ("olga", len(CONTENT))
    assert (server["owner"], server["held_bytes"]) == ("", len(CONTENT))
    assert server["limit_bytes"] > len(CONTENT)
    assert calls(cast.mark).get("/storage").json()["held_bytes"] == 0
