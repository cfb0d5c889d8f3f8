"""Which answers pass, which are final, and what is waited in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ondol_runner.client import AttemptKey, Client, Refused
from ondol_runner.masking import Secret
from ondol_runner.protocol import ClaimRequest, EnrollRequest
from ondol_runner.retry import Pace, Passing, patiently

from fake_portal import CODE, RUNNER_TOKEN, Answer, FakePortal

REQUEST = EnrollRequest(CODE, "bench", "0.1.0")


@pytest.fixture
def client(portal: FakePortal) -> Iterator[Client]:
    client = Client(portal.url)
    yield client
    client.close()


def test_unknown_fields_of_a_newer_server_are_ignored(client: Client) -> None:
    assert client.enroll(REQUEST).runner_id == "runner-1"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_or_broken_server_is_a_passing_fault(
    client: Client, portal: FakePortal, status: int
) -> None:
    portal.scripted["/enroll"] = [Answer(status, {"code": "busy", "message": "Later."})]

    with pytest.raises(Passing):
        client.enroll(REQUEST)


@pytest.mark.parametrize("status", [200, 302, 403, 407])
def test_the_page_of_a_proxy_is_a_passing_fault(
    client: Client, portal: FakePortal, status: int
) -> None:
    portal.scripted["/enroll"] = [Answer(status, raw=b"<html>Sign in</html>")]

    with pytest.raises(Passing):
        client.enroll(REQUEST)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 410, 422])
def test_a_refusal_is_final_and_carries_its_code(
    client: Client, portal: FakePortal, status: int
) -> None:
    portal.scripted["/enroll"] = [Answer(status, {"code": "no_way", "message": "No."})]

    with pytest.raises(Refused) as refused:
        client.enroll(REQUEST)

    assert (refused.value.status, refused.value.code) == (status, "no_way")


def test_nobody_there_is_a_passing_fault() -> None:
    client = Client("http://127.0.0.1:9")

    with pytest.raises(Passing):
        client.enroll(REQUEST)

    client.close()


def test_an_answer_that_lacks_a_field_is_a_passing_fault(
    client: Client, portal: FakePortal
) -> None:
    portal.scripted["/enroll"] = [Answer(200, {"runner_id": "runner-1"})]

    with pytest.raises(Passing, match="token"):
        client.enroll(REQUEST)


def test_no_work_is_none(client: Client) -> None:
    assert client.claim(Secret(RUNNER_TOKEN), ClaimRequest("session-1", ["board"], 0.0)) is None


def test_the_server_says_how_long_to_wait(client: Client, portal: FakePortal) -> None:
    portal.scripted["/enroll"] = [Answer(503, headers={"Retry-After": "7"}), Answer(503)]
    waits: list[float] = []

    patiently(
        lambda: client.enroll(REQUEST), pace=Pace(1.0, 64.0), limit_s=None, sleep=waits.append
    )

    assert 7.0 <= waits[0] <= 8.0
    assert waits[1] <= 2.0


def test_waits_grow_up_to_the_longest() -> None:
    fault = Passing("busy")
    pace = Pace(1.0, 64.0)

    for failures, longest in ((1, 1.0), (3, 4.0), (7, 64.0), (400, 64.0)):
        waits = [pace.delay_s(failures, fault) for _ in range(200)]
        assert longest * 0.5 < max(waits) <= longest
        assert min(waits) < longest * 0.5


def test_patience_ends() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise Passing("busy")

    with pytest.raises(Passing):
        patiently(call, pace=Pace(60.0, 60.0), limit_s=0.0, sleep=lambda _: None)

    assert calls == [1]


def test_a_refusal_is_not_tried_again(client: Client, portal: FakePortal) -> None:
    with pytest.raises(Refused):
        patiently(
            lambda: client.enroll(EnrollRequest("used", "bench", "0.1.0")),
            pace=Pace(),
            limit_s=None,
            sleep=lambda _: pytest.fail("waited"),
        )

    assert len(portal.calls) == 1


def test_a_key_shows_no_token() -> None:
    key = AttemptKey("a1", 1, Secret("attempt-token-canary"))

    assert "canary" not in f"{key} {key!r} {key.token} {key.token!r} {vars(key)}"


def test_calls_go_through_the_proxy_of_the_environment(
    portal: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", portal.url)
    client = Client("http://portal.example")

    client.enroll(REQUEST)

    client.close()
    assert [path for _, path, _ in portal.calls] == ["http://portal.example/runner/v1/enroll"]


def test_hosts_named_in_no_proxy_are_called_directly(
    portal: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = Client(portal.url)

    client.enroll(REQUEST)

    client.close()
    assert len(portal.calls) == 1
