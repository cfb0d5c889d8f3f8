"""Files by digest: resumed, verified, kept, and let go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ondol_runner.client import AttemptKey, Client
from ondol_runner.downloads import Cache, Downloader, digest
from ondol_runner.faults import Fault
from ondol_runner.masking import Secret
from ondol_runner.orders import Order, Ordered, Orders
from ondol_runner.protocol import FileRef, Reason
from ondol_runner.retry import Pace
from ondol_runner.workspace import Workspace

from fake_portal import Answer, FakePortal, token_of

KEY = AttemptKey("a1", 1, Secret(token_of("a1")))
CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def downloader(portal: FakePortal, tmp_path: Path) -> Iterator[Downloader]:
    client = Client(portal.url)
    cache = Cache(tmp_path / "cache", cap_bytes=3 * len(CONTENT))
    yield Downloader(client, cache, Pace(0.01, 0.02), patience_s=0.5)
    client.close()


def bring(downloader: Downloader, file: FileRef, target: Path) -> None:
    downloader.bring(file, target, KEY, Orders(), lambda _: None)


def reason_of(downloader: Downloader, file: FileRef, target: Path) -> Reason:
    with pytest.raises(Fault) as fault:
        bring(downloader, file, target)
    assert not target.exists()
    return fault.value.reason


def test_a_cut_download_goes_on_where_it_stopped(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.cuts[file.sha256] = [100_000, 200_000]

    bring(downloader, file, tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == CONTENT
    ranges = [headers.get("range") for headers in portal.called(file.sha256)]
    assert ranges == [None, "bytes=100000-", "bytes=300000-"]


def test_a_later_attempt_goes_on_with_what_an_earlier_one_fetched(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.cuts[file.sha256] = [100_000] + [0] * 1000
    assert reason_of(downloader, file, tmp_path / "target") is Reason.DOWNLOAD_FAILED

    portal.cuts.clear()
    portal.calls.clear()
    bring(downloader, file, tmp_path / "target")

    assert [call.get("range") for call in portal.called(file.sha256)] == ["bytes=100000-"]
    assert digest(tmp_path / "target") == file.sha256


def test_a_server_that_ignores_ranges_is_read_from_the_start(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.scripted[file.sha256] = [Answer(200, raw=CONTENT, cut=9), Answer(200, raw=CONTENT)]

    bring(downloader, file, tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == CONTENT


def test_another_range_than_asked_for_is_not_taken(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    headers = {"Content-Range": f"bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}"}
    portal.scripted[file.sha256] = [
        Answer(200, raw=CONTENT, cut=9),
        Answer(206, raw=CONTENT[5:], headers=headers),
    ]

    bring(downloader, file, tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == CONTENT


def test_a_known_file_is_not_fetched_again(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    bring(downloader, file, tmp_path / "one")
    bring(downloader, file, tmp_path / "two")

    assert (tmp_path / "two").read_bytes() == CONTENT
    assert len(portal.called(file.sha256)) == 1


def test_a_kept_file_that_rotted_is_fetched_again(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    bring(downloader, file, tmp_path / "one")
    kept = downloader.cache.path(file.sha256)
    kept.chmod(0o600)
    kept.write_bytes(b"x" * len(CONTENT))

    bring(downloader, file, tmp_path / "two")

    assert (tmp_path / "two").read_bytes() == CONTENT


def test_other_bytes_than_announced_are_refused(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.blobs[file.sha256] = CONTENT[::-1]

    assert reason_of(downloader, file, tmp_path / "target") is Reason.DIGEST_MISMATCH
    assert len(portal.called(file.sha256)) == 2
    assert not downloader.cache.part(file.sha256).exists()


def test_more_bytes_than_announced_are_not_kept(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.blobs[file.sha256] = CONTENT * 2

    assert reason_of(downloader, file, tmp_path / "target") is Reason.DOWNLOAD_FAILED
    assert not downloader.cache.part(file.sha256).exists()


def test_the_page_of_a_proxy_is_not_taken_for_a_model(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.scripted[file.sha256] = [Answer(200, raw=b"<html>Sign in</html>")]

    bring(downloader, file, tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == CONTENT


def test_a_file_that_the_server_does_not_hand_out_fails_the_download(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    portal.scripted[file.sha256] = [Answer(404, {"code": "blob_not_found", "message": "Gone."})]

    assert reason_of(downloader, file, tmp_path / "target") is Reason.DOWNLOAD_FAILED


def test_an_empty_file_is_a_file(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    bring(downloader, portal.add_blob(b"", "empty.txt"), tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == b""


def test_what_was_used_longest_ago_makes_room(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    files = [portal.add_blob(CONTENT + bytes([number]), f"{number}.bin") for number in range(4)]
    for number, file in enumerate(files[:2]):
        bring(downloader, file, tmp_path / str(number))
        os.utime(downloader.cache.path(file.sha256), (number, number))
    bring(downloader, files[0], tmp_path / "again")
    bring(downloader, files[2], tmp_path / "2")

    held = [downloader.cache.path(file.sha256).exists() for file in files]
    assert held == [True, False, True, False]
    assert (tmp_path / "1").exists()


def test_an_order_ends_a_download(
    downloader: Downloader, portal: FakePortal, tmp_path: Path
) -> None:
    file = portal.add_blob(CONTENT, "weights.bin")
    orders = Orders()
    orders.give(Order.CANCEL)

    with pytest.raises(Ordered):
        downloader.bring(file, tmp_path / "target", KEY, orders, lambda _: None)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_a_digest_that_is_none_is_not_asked_for(
    downloader: Downloader, portal: FakePortal, tmp_path: Path, sha256: str
) -> None:
    file = FileRef("weights.bin", sha256, 1)

    assert reason_of(downloader, file, tmp_path / "target") is Reason.DOWNLOAD_FAILED
    assert portal.calls == []


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../out", "a/../../out", "a\0b"])
def test_a_file_name_never_leads_out_of_the_workspace(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault):
        Workspace(tmp_path).model_file(name)


def test_a_file_name_may_lead_into_a_folder(tmp_path: Path) -> None:
    assert Workspace(tmp_path).model_file("a/b.onnx") == tmp_path / "model" / "a" / "b.onnx"
