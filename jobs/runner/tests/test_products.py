"""Files of an attempt reach the server whole, or not at all, and never keep it from its end."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ondol_runner import products
from ondol_runner.client import AttemptKey, Client, Refused
from ondol_runner.courier import TRIES, Courier
from ondol_runner.journal import End, Entry, Journal
from ondol_runner.masking import Secret
from ondol_runner.products import MOST_WRONG, ProductShipper, products_in
from ondol_runner.protocol import FinishRequest, Outcome
from ondol_runner.retry import Pace, Passing

from fake_portal import Answer, FakePortal, refusal, token_of

CONTENT = b"launch,sample,milliseconds\n1,1,0.25\n"
WRONG = refusal(422, "file_altered", "These bytes are not what their digest says.")


@pytest.fixture
def client(portal: FakePortal) -> Iterator[Client]:
    with contextlib.closing(Client(portal.url)) as opened:
        yield opened


@pytest.fixture
def shipper(client: Client, monkeypatch: pytest.MonkeyPatch) -> ProductShipper:
    monkeypatch.setattr(products, "PART_BYTES", 10)
    return ProductShipper(client, AttemptKey("a1", 3, Secret(token_of("a1"))))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "samples.csv"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def entry(tmp_path: Path, table: Path) -> Entry:
    """Leave an end with one file in the journal."""
    log = tmp_path / "log"
    log.write_bytes(b"one\n")
    request = FinishRequest(3, Outcome.SUCCEEDED, log_size=4)
    end = End("a1", token_of("a1"), "job 1", request)
    return Journal(tmp_path / "journal").keep(end, log, [table])


def carry(portal: FakePortal, client: Client, entry: Entry) -> None:
    courier = Courier(client, Journal(entry.folder.parent), Pace(0.0, 0.0), None)
    courier.start()
    portal.wait_for(lambda: not courier.carries(entry))


def test_a_file_arrives_whole_with_its_digest(
    portal: FakePortal, shipper: ProductShipper, table: Path
) -> None:
    shipper.ship(table)
    seen = portal.attempts["a1"]
    assert seen.files["samples.csv"] == CONTENT
    assert seen.offers["samples.csv"] == {
        "epoch": 3,
        "name": "samples.csv",
        "size_bytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }


def test_a_file_that_was_begun_is_gone_on_with(
    portal: FakePortal, shipper: ProductShipper, table: Path
) -> None:
    portal.attempts["a1"].files["samples.csv"] += CONTENT[:15]
    shipper.ship(table)
    assert portal.attempts["a1"].files["samples.csv"] == CONTENT
    (first, *_) = portal.called("/files/samples.csv")
    assert first["content-range"] == "bytes 15-24/*"


def test_a_part_that_arrived_altered_is_sent_again_but_not_for_ever(
    portal: FakePortal, shipper: ProductShipper, table: Path
) -> None:
    portal.scripted["/files/samples.csv"] = [WRONG] * MOST_WRONG
    shipper.ship(table)
    assert portal.attempts["a1"].files["samples.csv"] == CONTENT
    portal.attempts["a1"].files.clear()
    portal.scripted["/files/samples.csv"] = [WRONG] * (MOST_WRONG + 1)
    with pytest.raises(Refused, match="file_altered"):
        shipper.ship(table)


def test_a_server_that_keeps_nothing_is_a_passing_fault(
    portal: FakePortal, shipper: ProductShipper, table: Path
) -> None:
    portal.scripted["/files/samples.csv"] = [Answer(200, {"size": 0})]
    with pytest.raises(Passing):
        shipper.ship(table)


def test_a_file_in_the_journal_is_sent_before_its_end(
    portal: FakePortal, client: Client, entry: Entry
) -> None:
    carry(portal, client, entry)
    assert portal.attempts["a1"].files["samples.csv"] == CONTENT
    assert [said["files"] for said in portal.attempts["a1"].finishes] == [["samples.csv"]]
    assert not entry.folder.exists()


TOO_LARGE = refusal(413, "attempt_file_too_large", "Too large.")


@pytest.mark.parametrize("answer", [Answer(503), TOO_LARGE])
def test_a_file_that_is_not_taken_keeps_no_attempt_from_its_end(
    portal: FakePortal, client: Client, entry: Entry, answer: Answer
) -> None:
    portal.scripted["/files"] = [answer] * (TRIES + 1)
    carry(portal, client, entry)
    assert [said["files"] for said in portal.attempts["a1"].finishes] == [[]]
    assert not portal.attempts["a1"].files


@pytest.mark.parametrize("code", ["files_incomplete", "log_incomplete"])
def test_what_the_server_lacks_at_the_end_is_sent_again_before_the_next(
    portal: FakePortal, client: Client, entry: Entry, code: str
) -> None:
    portal.scripted["/finish"] = [refusal(409, code, "Not all here.")]
    carry(portal, client, entry)
    seen = portal.attempts["a1"]
    assert [(said["files"], said["log_size"]) for said in seen.finishes] == [(["samples.csv"], 4)]
    assert len(portal.called("/files")) == 2


def test_an_end_that_was_taken_is_said_again_as_it_was(
    portal: FakePortal, client: Client, entry: Entry
) -> None:
    fenced = refusal(409, "fenced", "This job has ended.")
    portal.scripted |= {"/log": [fenced], "/files": [fenced]}
    carry(portal, client, entry)
    (said,) = portal.attempts["a1"].finishes
    assert (said["files"], said["log_size"]) == (["samples.csv"], 4)


def test_only_files_are_products_and_no_links(tmp_path: Path, table: Path) -> None:
    folder = tmp_path / "products"
    folder.mkdir()
    (folder / "link").symlink_to(table)
    (folder / "folder").mkdir()
    (folder / "b").touch()
    (folder / "a").touch()
    assert [path.name for path in products_in(folder)] == ["a", "b"]
    assert products_in(tmp_path / "none") == []
