"""What runners and Hugging Face clients send twice, at the same moment and again after it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from jobs.models import Attempt, AttemptFile, Job
from jobs.types import AttemptState, JobState, Task
from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.core.models import OutboxMessage
from repository.models import AiModel, Ref, Revision
from tests.hub.wire import JSON_LINES, file_line, line
from tests.jobs.runner_calls import Caller
from tests.jobs.scene import Board, benchmark_job, granted, publish
from tests.jobs.test_attempt_api import BEAT, DONE

TEXT = b'{"say": 1}'
DIGEST = hashlib.sha256(TEXT).hexdigest()


class Twice:
    """Sends a call from two threads at once, and then a third time."""

    def __init__(self, http: httpx.Client, pool: ThreadPoolExecutor) -> None:
        self._http = http
        self._pool = pool
        self._ready = threading.Barrier(2)

    def send(self, method: str, path: str, **given: Any) -> list[httpx.Response]:
        def one(_: int) -> httpx.Response:
            self._ready.wait()
            return self._http.request(method, path, **given)

        return [*self._pool.map(one, range(2)), self._http.request(method, path, **given)]

    def statuses(self, method: str, path: str, **given: Any) -> list[int]:
        """Return what was answered, those at once in order; what is refused says why."""
        answers = self.send(method, path, **given)
        for answer in answers:
            assert answer.status_code < 500, (method, path, answer.text)
            told = answer.headers.get("X-Error-Message") or answer.content
            assert answer.status_code < 400 or told, (method, path)
        first = sorted(answer.status_code for answer in answers[:2])
        return [*first, answers[2].status_code]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
def attempt(server: str, olga: User, olgas_board: Board) -> tuple[Attempt, str]:
    return granted(benchmark_job(olga, olgas_board, publish(olga)), olgas_board)


def test_what_a_runner_says_twice_is_taken_once(
    server: str, attempt: tuple[Attempt, str], pool: ThreadPoolExecutor
) -> None:
    made, secret = attempt
    caller = Caller(server, secret)
    place = f"attempts/{made.pk}"
    with caller.http:
        twice = Twice(caller.http, pool)
        assert twice.statuses("POST", f"{place}/accept", json={"epoch": 1}) == [204, 204, 204]
        assert twice.statuses("POST", f"{place}/heartbeat", json=BEAT) == [200, 200, 200]
        span = {"Content-Range": f"bytes 0-{len(TEXT) - 1}/*"}
        log = twice.statuses("PATCH", f"{place}/log", content=TEXT, headers=span)
        assert log[0] == 200, log
        file = {"epoch": 1, "name": "a.json", "size_bytes": len(TEXT), "sha256": DIGEST}
        assert twice.statuses("POST", f"{place}/files", json=file) == [200, 200, 200]
        part = {**span, "Ondol-Digest": DIGEST}
        sent = twice.statuses("PATCH", f"{place}/files/a.json", content=TEXT, headers=part)
        assert sent[0] == 200, sent
        word = {**DONE, "log_size": len(TEXT), "files": ["a.json"]}
        key = {"Idempotency-Key": "k"}
        assert twice.statuses("POST", f"{place}/finish", json=word, headers=key) == [204] * 3
        # After its end an attempt says nothing more.
        for path, body in ((f"{place}/heartbeat", BEAT), (f"{place}/accept", {"epoch": 1})):
            assert set(twice.statuses("POST", path, json=body)) <= {401, 409}, path

    made.refresh_from_db()
    assert (made.state, made.log_size) == (AttemptState.CLOSED, len(TEXT))
    assert AttemptFile.objects.get().blob_id == DIGEST
    assert OutboxMessage.objects.filter(task=Task.FINALIZE_BENCHMARK).count() == 1


def test_a_refusal_that_comes_twice_queues_the_job_once(
    server: str, attempt: tuple[Attempt, str], pool: ThreadPoolExecutor
) -> None:
    made, secret = attempt
    caller = Caller(server, secret)
    body = {"epoch": 1, "reason": "out_of_disk", "message": "The disk is full."}
    with caller.http:
        found = Twice(caller.http, pool).statuses("POST", f"attempts/{made.pk}/refuse", json=body)
    assert found[0] == 204, found
    assert Attempt.objects.get().state == AttemptState.REFUSED
    assert Job.objects.get().state == JobState.QUEUED


def test_what_a_runner_asks_for_twice_is_given_once(
    server: str, olga: User, olgas_board: Board, pool: ThreadPoolExecutor
) -> None:
    benchmark_job(olga, olgas_board, publish(olga))
    caller = Caller(server, olgas_board.secret)
    ask = {"session_id": olgas_board.session, "free": [olgas_board.device.name], "wait_s": 0}
    with caller.http:
        found = Twice(caller.http, pool).statuses("POST", "claim", json=ask)
    assert set(found) <= {200, 204}, found
    assert Attempt.objects.count() == 1


def test_what_a_client_of_the_hub_sends_twice_is_there_once(
    server: str, olga: User, pool: ThreadPoolExecutor
) -> None:
    publish(olga)
    before = Revision.objects.count()
    _, secret = create_token(olga, name="hub", scope=Scope.WRITE)
    headers = {"Authorization": f"Bearer {secret}"}
    lines = "\n".join((line("header", summary="s"), file_line("a.json", TEXT)))
    hub = "/api/models/olga/tiny"
    sizes = [{"oid": "a" * 64, "size": 5}]
    lfs = {"operation": "upload", "transfers": ["basic"], "objects": sizes, "hash_algo": "sha256"}
    offer = json.dumps({"files": [{"path": "b.bin", "sample": "", "size": 9}]})
    with httpx.Client(base_url=f"{server}/hf", headers=headers, timeout=60) as http:
        twice = Twice(http, pool)
        new = {"name": "new", "organization": "olga"}
        assert twice.statuses("POST", "/api/repos/create", json=new) == [200, 409, 409]
        assert set(twice.statuses("POST", f"{hub}/preupload/main", content=offer)) == {200}
        assert set(twice.statuses("POST", "/olga/tiny.git/info/lfs/objects/batch", json=lfs)) == {
            200
        }
        kind = {"Content-Type": JSON_LINES}
        sent = twice.statuses("POST", f"{hub}/commit/main", content=lines, headers=kind)
        assert sent[0] == 200, sent
        assert twice.statuses("POST", f"{hub}/branch/side", json={}) == [200, 409, 409]
        assert twice.statuses("POST", f"{hub}/tag/main", json={"tag": "1"}) == [200, 409, 409]
        assert twice.statuses("PUT", f"{hub}/settings", json={"private": True}) == [200] * 3
        # Of two that remove at once both may be right; who comes after finds nothing.
        assert twice.statuses("DELETE", f"{hub}/branch/side")[::2] == [200, 404]
        moved = {"fromRepo": "olga/new", "toRepo": "olga/moved"}
        assert twice.statuses("POST", "/api/repos/move", json=moved)[0] == 200
        gone = {"name": "moved", "organization": "olga"}
        assert twice.statuses("DELETE", "/api/repos/delete", json=gone)[::2] == [200, 404]

    assert AiModel.objects.get().name == "tiny"
    assert not Ref.objects.filter(name="side").exists()
    # The same files again are no new version.
    assert Revision.objects.count() - before <= 2
