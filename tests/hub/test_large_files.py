"""Large files on their way in: by git-lfs whole and in parts, and as chunks."""

import os
import socket
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import lz4.frame
import pytest
from django.conf import settings

from repository.hub import lfs
from repository.models import Blob, UploadSession
from repository.services.incoming import expire_incoming
from repository.services.quota import set_limit
from repository.xet.shard import NO_MORE, NotAShard, read_recipes
from tests.cast import Cast
from tests.hub.wire import batch, create, digest, lfs_line, push, send_large
from tests.soak import xet_chunks

Knock = Callable[..., httpx.Client]
LARGE = bytes(range(256)) * (9 * 2**12)
OID = digest(LARGE)


@pytest.fixture
def client(knock: Knock, cast: Cast) -> httpx.Client:
    client = knock(cast.olga)
    create(client, "m")
    return client


def left_behind() -> list[str]:
    folders = [settings.ENV.home / name for name in ("uploads", "incoming")]
    return [path.name for folder in folders for path in folder.iterdir()]


def test_a_file_comes_whole_and_is_not_asked_for_twice(client: httpx.Client) -> None:
    offer = batch(client, "olga/m", {OID: len(LARGE)})[OID]["actions"]
    early = client.post(offer["verify"]["href"])
    httpx.put(offer["upload"]["href"], content=LARGE)

    assert early.status_code == 404
    assert client.post(offer["verify"]["href"]).status_code == 200
    assert httpx.put(offer["upload"]["href"], content=LARGE).status_code == 200
    assert "actions" not in batch(client, "olga/m", {OID: len(LARGE)})[OID]
    assert push(client, "olga/m", lfs_line("w.bin", OID)).status_code == 200
    assert client.get("/olga/m/resolve/main/w.bin").content == LARGE
    assert left_behind() == []


def test_wrong_bytes_are_refused_and_the_right_ones_still_welcome(client: httpx.Client) -> None:
    offer = batch(client, "olga/m", {OID: len(LARGE)})[OID]["actions"]["upload"]

    other = httpx.put(offer["href"], content=LARGE[:-1] + b"!")
    short = httpx.put(offer["href"], content=LARGE[:-1])
    long = httpx.put(offer["href"], content=LARGE + b"!")

    assert [other.status_code, short.status_code, long.status_code] == [400, 400, 413]
    assert other.json()["code"] == "wrong_digest"
    assert long.json()["code"] == "too_many_bytes"
    assert not Blob.objects.exists()
    assert send_large(client, "olga/m", LARGE) == OID


def test_a_cut_leaves_nothing_and_the_next_try_succeeds(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    href = batch(client, "olga/m", {OID: len(LARGE)})[OID]["actions"]["upload"]["href"]
    place = urlsplit(href)
    with socket.create_connection((place.hostname, place.port)) as wire:
        head = f"PUT {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        wire.sendall(f"{head}Content-Length: {len(LARGE)}\r\n\r\n".encode() + LARGE[: 2**21])

    assert httpx.put(href, content=LARGE).status_code == 200
    assert Blob.objects.get().sha256 == OID
    assert left_behind() == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_parts_may_come_in_any_order_and_again(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 2**22
    monkeypatch.setattr(lfs, "PART_BYTES", size)
    upload = batch(client, "olga/m", {OID: len(LARGE)}, in_parts=True)[OID]["actions"]["upload"]
    assert set(upload["header"]) == {"chunk_size", "1", "2", "3"}
    etags = {}
    for number in (3, 1, 2, 1):
        part = LARGE[(number - 1) * size : number * size]
        sent = httpx.put(upload["header"][str(number)], content=part)
        etags[number] = sent.headers["ETag"]
    short = httpx.put(upload["header"]["2"], content=b"x")
    whole = httpx.put(upload["header"]["2"], content=LARGE[size : 2 * size])

    done = httpx.post(upload["href"], json={"oid": OID, "parts": []})

    assert (short.status_code, whole.status_code, done.status_code) == (400, 200, 200)
    assert len(etags) == 3
    assert Blob.objects.get().sha256 == OID
    assert httpx.put(upload["href"] + "/4", content=b"x").status_code == 400


def test_what_is_too_large_is_refused_where_the_client_says_so(client: httpx.Client) -> None:
    size = settings.ENV.upload_limit_bytes + 1
    files = [{"path": "w.bin", "size": size, "sample": ""}]

    before = client.post("/api/models/olga/m/preupload/main", json={"files": files})
    offer = batch(client, "olga/m", {OID: size})[OID]

    assert (before.status_code, before.json()["code"]) == (413, "file_too_large")
    assert "limit" in before.headers["X-Error-Message"]
    assert "limit" in offer["error"]["message"]


def test_who_has_no_room_is_told_before_the_first_byte(client: httpx.Client, cast: Cast) -> None:
    set_limit(cast.ada, cast.olga.namespace, 2**23)
    files = [{"path": "w.bin", "size": len(LARGE), "sample": ""}]

    before = client.post("/api/models/olga/m/preupload/main", json={"files": files})
    offer = batch(client, "olga/m", {OID: len(LARGE)})[OID]
    store = Store(client)
    store.xorb(XORB, chunk(bytes(2**20)))
    ranges = [(XORB, 0, 1)] * 9
    chunks = store.shard(shard_of(digest(bytes(9 * 2**20)), *ranges))

    assert before.json()["code"] == chunks.json()["code"] == "quota_exceeded"
    assert "'olga' may hold" in before.headers["X-Error-Message"]
    assert "'olga' may hold" in offer["error"]["message"]
    assert not Blob.objects.exists()


def test_an_address_is_worth_nothing_when_it_was_changed(client: httpx.Client) -> None:
    href = batch(client, "olga/m", {OID: len(LARGE)})[OID]["actions"]["upload"]["href"]

    assert httpx.put(href[:-3] + "abc", content=LARGE).status_code == 403
    assert UploadSession.objects.get().blob is None


def test_files_named_by_gitignore_are_left_out(client: httpx.Client) -> None:
    files = [{"path": path, "size": 3, "sample": ""} for path in ("a.tmp", "b.txt")]
    body = {"files": files, "gitIgnore": "*.tmp\n"}

    answer = client.post("/api/models/olga/m/preupload/main", json=body).json()["files"]

    assert [row["shouldIgnore"] for row in answer] == [True, False]


class Store:
    """A store for chunks, as a Xet client holds it."""

    def __init__(self, client: httpx.Client, model: str = "olga/m") -> None:
        grant = client.get(f"/api/models/{model}/xet-write-token/main").json()
        self.url = grant["casUrl"]
        self.headers = {"Authorization": f"Bearer {grant['accessToken']}"}

    def xorb(self, name: str, content: bytes) -> httpx.Response:
        url = f"{self.url}/v1/xorbs/default/{name}"
        return httpx.post(url, content=content, headers=self.headers)

    def shard(self, content: bytes) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/shards", content=content, headers=self.headers)


XORB = "ab" * 32


def chunk(content: bytes, *, scheme: int = 0, size: int | None = None) -> bytes:
    packed = lz4.frame.compress(content) if scheme else content
    told = len(content) if size is None else size
    head = b"\0" + len(packed).to_bytes(3, "little") + bytes([scheme])
    return head + told.to_bytes(3, "little") + packed


def words(hex_digest: str) -> bytes:
    """Return a digest as records hold it: four numbers, each with its lowest byte first."""
    numbers = [int(hex_digest[at : at + 16], 16) for at in range(0, 64, 16)]
    return struct.pack("<4Q", *numbers)


def shard_of(sha256: str, *ranges: tuple[str, int, int]) -> bytes:
    head = struct.pack("<32sIIQ", b"f" * 32, 1 << 30, len(ranges), 0)
    terms = [struct.pack("<32sIIII", words(name), 0, 0, a, b) for name, a, b in ranges]
    end = NO_MORE + bytes(16)
    return bytes(48) + head + b"".join(terms) + words(sha256) + bytes(16) + end


def grouped(content: bytes) -> bytes:
    return b"".join(content[at::4] for at in range(4))


def test_chunks_packed_in_every_way_become_one_file(client: httpx.Client) -> None:
    store = Store(client)
    parts = [b"plain", b"packed" * 100, bytes(range(251)) * 3]
    xorb = chunk(parts[0]) + chunk(parts[1], scheme=1)
    xorb += chunk(grouped(parts[2]), scheme=2) + b"XETBLOB and an index"
    content = b"".join([parts[2], parts[0], parts[1], parts[0]])

    sent = store.xorb(XORB, xorb)
    again = store.xorb(XORB, xorb)
    made = store.shard(shard_of(digest(content), (XORB, 2, 3), (XORB, 0, 2), (XORB, 0, 1)))

    assert [sent.json(), again.json()] == [{"was_inserted": True}, {"was_inserted": False}]
    assert made.json() == {"result": 1}
    assert push(client, "olga/m", lfs_line("w.data", digest(content))).status_code == 200
    assert client.get("/olga/m/resolve/main/w.data").content == content


def test_what_does_not_fit_together_is_refused(client: httpx.Client) -> None:
    store = Store(client)
    bomb = lz4.frame.compress(bytes(2**24))
    lying = b"\0" + len(bomb).to_bytes(3, "little") + b"\1" + (99).to_bytes(3, "little") + bomb
    broken, right = "ef" * 32, digest(b"plain")
    store.xorb(XORB, chunk(b"plain") + lying)
    store.xorb(broken, chunk(b"plain") + b"\0garbage")

    for shard in (
        shard_of("0" * 64, (XORB, 0, 1)),
        shard_of(right, (XORB, 0, 2)),
        shard_of(right, (XORB, 0, 999)),
        shard_of(right, ("cd" * 32, 0, 1)),
        shard_of(right, (XORB, 1, 1)),
        shard_of(right, (broken, 0, 1)),
        shard_of(right, (XORB, 0, 1))[:-60],
        b"",
        b"\x11" * 4800,
    ):
        refused = store.shard(shard)
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_shard")
    assert store.shard(shard_of(right, (XORB, 0, 1))).status_code == 200
    assert [blob.sha256 for blob in Blob.objects.all()] == [right]
    assert [path.name for path in (settings.ENV.home / "incoming").glob("out-*")] == []


def test_a_store_is_open_to_its_owner_alone(client: httpx.Client, knock: Knock, cast: Cast) -> None:
    stella = knock(cast.stella)
    create(stella, "own")
    mine, theirs = Store(client), Store(stella, "stella/own")
    renewed = Store(client)

    mine.headers = theirs.headers
    assert mine.xorb(XORB, chunk(b"x")).status_code == 403
    mine.headers = renewed.headers
    assert mine.xorb(XORB, chunk(b"x")).status_code == 200
    mine.headers = {}
    assert mine.xorb(XORB, chunk(b"x")).status_code == 403
    assert mine.url != renewed.url
    assert stella.get("/api/models/olga/m/xet-write-token/main").status_code == 403


def test_a_name_outside_the_store_is_no_name(client: httpx.Client) -> None:
    store = Store(client)

    for name in ("..%2f..%2fsecret_key", "x" * 64, "AB" * 32):
        assert store.xorb(name, chunk(b"x")).status_code == 400


def test_bent_chunks_come_out_right_or_not_at_all() -> None:
    outcome = xet_chunks.soak(200, seed=20)

    assert outcome.failures == []
    assert 0 < outcome.detail["refused"] < outcome.count


def test_what_was_given_up_is_removed_and_the_rest_stays(client: httpx.Client) -> None:
    folder = settings.ENV.home / "incoming"
    old, new = Store(client), Store(client)
    old.xorb(XORB, chunk(b"old"))
    given_up = [*folder.iterdir(), folder / "inline-old"]
    given_up[1].write_bytes(b"old")
    for path in given_up:
        os.utime(path, (0, 0))
    new.xorb(XORB, chunk(b"new"))

    expire_incoming()

    assert len(list(folder.iterdir())) == 1
    assert new.shard(shard_of(digest(b"new"), (XORB, 0, 1))).status_code == 200
    assert old.shard(shard_of(digest(b"old"), (XORB, 0, 1))).status_code == 400


@pytest.mark.parametrize("length", [0, 47, 48, 96, 144, 191])
def test_a_cut_shard_is_no_shard(length: int) -> None:
    whole = shard_of("ab" * 32, (XORB, 0, 1))

    assert len(read_recipes(whole)) == 1
    with pytest.raises(NotAShard):
        read_recipes(whole[:length])
