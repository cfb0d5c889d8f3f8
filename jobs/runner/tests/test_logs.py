"""What reaches a log, and how it reaches the server."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from ondol_runner.client import AttemptKey, Client
from ondol_runner.logs import TRUNCATED, LogFile, LogShipper
from ondol_runner.masking import Secret, clean
from ondol_runner.retry import Pace

from fake_portal import FakePortal, refusal, token_of

SECRET = Secret("s3cr3t-canary")


@pytest.fixture
def log(tmp_path: Path) -> LogFile:
    return LogFile(tmp_path / "log", secrets=[SECRET])


@pytest.fixture
def shipper(portal: FakePortal, log: LogFile) -> Iterator[LogShipper]:
    client = Client(portal.url)
    key = AttemptKey("a1", 1, Secret(token_of("a1")))
    yield LogShipper(client, key, log, Pace(0.0, 0.0))
    client.close()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain, 한글, tab\there", "plain, 한글, tab\there"),
        ("\x1b[31mred\x1b[0m \x1b[2K\x1b[1;5Hmoved", "red moved"),
        ("\x1b]0;title\x07text \x1b]8;;http://x\x1b\\link", "text link"),
        ("\x1bPq#0;1;2\x1b\\picture \x9b31mred \x1b(Bset \x1b7saved", "picture red set saved"),
        ("bell\x07 null\x00 back\x08 del\x7f c1\x85", "bell null back del c1"),
        ("token s3cr3t-canary.", "token ***."),
        ("s3cr3t\x1b[0m-canary", "***"),
        ("Authorization: Bearer abc.DEF-123", "Authorization: Bearer ***"),
        ("proxy http://user:hunter2@proxy:3128", "proxy http://user:***@proxy:3128"),
        ("hf_" + "a" * 37, "***"),
    ],
)
def test_terminal_codes_and_secrets_are_taken_out(raw: str, shown: str) -> None:
    assert clean(raw, [SECRET]) == shown


def test_the_output_of_a_child_is_cleaned_line_by_line(log: LogFile) -> None:
    log.drain(io.BytesIO(b"one\r\ntwo \xff\n\n10 %\r20 %\ns3cr3t-canary\nlast"))

    assert log.path.read_text("utf-8").splitlines() == [
        "one",
        "two \N{REPLACEMENT CHARACTER}",
        "",
        "10 %",
        "20 %",
        "***",
        "last",
    ]


def test_a_log_ends_at_its_cap_and_says_so(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log", cap_bytes=len(TRUNCATED) + 25)

    for number in range(100):
        log.write_line(f"line {number}")

    content = log.path.read_bytes()
    assert content == b"line 0\nline 1\nline 2\n" + TRUNCATED
    assert log.size <= len(TRUNCATED) + 25


def test_a_line_without_end_is_cut(log: LogFile) -> None:
    log.drain(io.BytesIO(b"x" * 200_000))

    assert log.path.read_bytes().count(b"\n") == 4


def test_what_is_new_is_sent_once(portal: FakePortal, log: LogFile, shipper: LogShipper) -> None:
    log.write_line("first")
    shipper.ship()
    log.write_line("second")
    shipper.ship()
    shipper.ship()

    assert portal.attempts["a1"].log == b"first\nsecond\n"
    ranges = [headers["content-range"] for headers in portal.called("/log")]
    assert ranges == ["bytes 0-5/*", "bytes 6-12/*"]


def test_the_log_goes_back_to_where_the_server_is(
    portal: FakePortal, log: LogFile, shipper: LogShipper
) -> None:
    log.write_line("first")
    shipper.ship()
    portal.kept_log = [2]
    log.write_line("second")
    shipper.ship()

    assert portal.attempts["a1"].log == b"first\nsecond\n"
    ranges = [headers["content-range"] for headers in portal.called("/log")]
    assert ranges == ["bytes 0-5/*", "bytes 6-12/*", "bytes 2-12/*"]


def test_a_lost_answer_repeats_no_line(
    portal: FakePortal, log: LogFile, shipper: LogShipper
) -> None:
    log.write_line("first")
    portal.attempts["a1"].log += b"first\n"
    log.write_line("second")

    shipper.ship()

    assert portal.attempts["a1"].log == b"first\nsecond\n"


def test_a_long_log_goes_in_chunks(portal: FakePortal, log: LogFile, shipper: LogShipper) -> None:
    for _ in range(10):
        log.write_line("x" * 60_000)

    shipper.ship()

    assert portal.attempts["a1"].log == log.path.read_bytes()
    assert len(portal.called("/log")) == 3


def test_a_server_with_a_longer_log_is_left_alone(
    portal: FakePortal, log: LogFile, shipper: LogShipper
) -> None:
    portal.attempts["a1"].log += b"somebody else wrote this"
    log.write_line("first")
    shipper.ship()
    log.write_line("second")
    shipper.ship()

    assert len(portal.called("/log")) == 1


def test_a_refused_log_fails_nothing(portal: FakePortal, log: LogFile, shipper: LogShipper) -> None:
    portal.scripted["/log"] = [refusal(413, "log_full", "The log is full.")]
    log.write_line("first")

    shipper.ship_unless_refused()
    shipper.ship_unless_refused()

    assert len(portal.called("/log")) == 1
    assert portal.attempts["a1"].log == b""
