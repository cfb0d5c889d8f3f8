"""A disk that fills while bytes come: the client is told, and nothing is half there."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from portal.core.disk import is_disk_full
from repository.hub import lfs
from repository.models import Blob, Revision, UploadSession
from repository.services.blobs import store_bytes
from tests.cast import Cast
from tests.hub.test_large_files import XORB, Store, chunk, shard_of
from tests.hub.wire import batch, create, digest

Knock = Callable[..., httpx.Client]


@pytest.fixture
def client(knock: Knock, cast: Cast) -> httpx.Client:
    client = knock(cast.olga)
    create(client, "m")
    return client


def refused(answer: httpx.Response) -> bool:
    said = (answer.status_code, answer.json()["code"], answer.headers["X-Error-Code"])
    return said == (507, "no_space", "InsufficientStorage")


def test_every_way_in_says_that_the_disk_is_full(
    client: httpx.Client, short_disk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(short_disk + 5)
    oid = digest(content)
    monkeypatch.setattr(lfs, "PART_BYTES", short_disk)
    upload = batch(client, "olga/m", {oid: len(content)}, in_parts=True)[oid]["actions"]["upload"]
    store = Store(client)

    assert refused(httpx.put(upload["href"], content=content))
    assert refused(httpx.put(upload["header"]["2"], content=content[short_disk:]))
    assert refused(store.xorb(XORB, content))
    assert store.shard(shard_of(digest(b"x"), (XORB, 0, 1))).json()["code"] == "wrong_shard"
    assert store.xorb(XORB, chunk(b"x")).json() == {"was_inserted": True}
    assert not Blob.objects.exists()
    assert not Revision.objects.exists()
    assert UploadSession.objects.get().blob is None
    assert list((settings.ENV.home / "incoming").glob("lfs-*")) == []


def test_bytes_of_a_commit_line_leave_nothing_behind(db: None, short_disk: int) -> None:
    with pytest.raises(OSError, match="too large") as full:
        store_bytes(bytes(short_disk + 5))

    assert is_disk_full(full.value)
    assert [path for path in settings.ENV.home.rglob("*") if path.is_file()] == []


def test_chunks_that_find_no_room_are_not_called_wrong(tmp_path: Path) -> None:
    xorbs, out = tmp_path / "xorbs", tmp_path / "out"
    for folder in (xorbs, out):
        folder.mkdir()
    (xorbs / XORB).write_bytes(chunk(bytes(2**16)))
    (tmp_path / "shard").write_bytes(shard_of(digest(bytes(2**16)), (XORB, 0, 1)))
    words = [str(tmp_path / "shard"), str(xorbs), str(out)]

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**12, 2**12))

    done = subprocess.run(
        [sys.executable, "-m", "repository.xet", *words],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=narrow,
    )

    assert done.returncode == 1
    assert '"errno": 27' in done.stdout
