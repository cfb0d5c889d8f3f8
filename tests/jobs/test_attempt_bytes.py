"""The log that an attempt sends and the files that it fetches."""

import httpx
import pytest

from jobs.edge.log import LARGEST_PART
from jobs.models import Job, JobEvent, LogChunk
from jobs.selectors.jobs import read_log
from jobs.services import logs
from jobs.services.attempts import Fenced, close
from jobs.services.logs import LogGap, LogPart, append_parts
from jobs.types import JobState
from portal.accounts.models import User
from repository.models import Blob
from tests.jobs.conftest import Line
from tests.jobs.runner_calls import Caller
from tests.jobs.scene import benchmark_job, connect, granted, publish, stored

BEAT = {"epoch": 1, "step": "", "fraction": 0.0, "text": "", "log_size": 6}


def test_log_bytes_arrive_once_and_whole_whatever_is_repeated(running: Line, asked: Job) -> None:
    attempt, caller = running
    text = "높은 온도\n".encode()
    assert caller.send_log(attempt.pk, 0, text[:4]).json() == {"size": 4}
    repeated = caller.send_log(attempt.pk, 0, text[:4])
    assert (repeated.status_code, repeated.json()) == (416, {"size": 4})
    gap = caller.send_log(attempt.pk, 9, text[9:])
    assert (gap.status_code, gap.json()) == (416, {"size": 4})
    assert caller.send_log(attempt.pk, 4, text[4:]).json() == {"size": len(text)}
    assert read_log(asked, 0, 100) == (text, len(text))
    assert read_log(asked, 3, 2) == (text[3:5], len(text))


def test_a_log_part_must_be_what_its_range_says(running: Line) -> None:
    attempt, caller = running
    answer = caller.http.patch(
        f"attempts/{attempt.pk}/log", content=b"abc", headers={"Content-Range": "bytes 0-9/*"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_message")
    assert not LogChunk.objects.exists()


def test_a_log_stops_at_its_limit_and_the_job_goes_on(
    running: Line, monkeypatch: pytest.MonkeyPatch, asked: Job
) -> None:
    attempt, caller = running
    monkeypatch.setattr(logs, "LOG_LIMIT", 6)
    assert caller.send_log(attempt.pk, 0, b"12345678").json() == {"size": 6}
    assert caller.send_log(attempt.pk, 6, b"78").json() == {"size": 6}
    assert read_log(asked, 0, 100) == (b"123456", 6)
    assert caller.post(f"attempts/{attempt.pk}/heartbeat", BEAT).status_code == 200


def fetch(server: str, caller: Caller, sha256: str) -> httpx.Response:
    door = {"Authorization": caller.http.headers["Authorization"]}
    return httpx.get(f"{server}/api/v1/blobs/{sha256}", headers=door)


def test_an_attempt_reads_the_files_of_its_job_and_no_others(running: Line, server: str) -> None:
    attempt, caller = running
    own = attempt.job.spec["artifact"]["files"][0]["sha256"]
    assert fetch(server, caller, own).content == b"the bytes of tiny"
    assert fetch(server, caller, stored(b"of somebody else").sha256).status_code in {401, 404}


def test_damaged_bytes_are_not_measured(running: Line, server: str) -> None:
    attempt, caller = running
    own = attempt.job.spec["artifact"]["files"][0]["sha256"]
    Blob.objects.filter(pk=own).update(damaged_at="2026-01-01T00:00:00Z")
    answer = fetch(server, caller, own)
    assert (answer.status_code, answer.json()["code"]) == (409, "damaged_file")


def test_an_ended_attempt_reads_nothing(running: Line, server: str) -> None:
    attempt, caller = running
    own = attempt.job.spec["artifact"]["files"][0]["sha256"]
    caller.post(
        f"attempts/{attempt.pk}/finish", {"epoch": 1, "outcome": "cancelled", "log_size": 0}
    )
    assert fetch(server, caller, own).status_code in {401, 404}


def test_parts_written_together_are_answered_each_by_itself(running: Line, olga: User) -> None:
    attempt, caller = running
    secret = caller.http.headers["Authorization"].split()[1]
    board = connect(olga, "other")
    job = benchmark_job(olga, board, publish(olga, "two"))
    ended, ended_secret = granted(job, board, started=True)
    close(ended, JobState.CANCELLED)
    parts = [
        LogPart(attempt.pk, secret, 0, b"abc"),
        LogPart(attempt.pk, secret, 3, b"def"),
        LogPart(attempt.pk, secret, 3, b"def"),
        LogPart(attempt.pk, "oa_wrong", 6, b"ghi"),
        LogPart("nobody", secret, 0, b"jkl"),
        LogPart(ended.pk, ended_secret, 0, b"mno"),
    ]
    *sizes, gap, wrong, nobody, late = append_parts(parts)
    assert (sizes, wrong, nobody) == ([3, 6], None, None)
    assert isinstance(gap, LogGap)
    assert isinstance(late, Fenced)
    log = LogChunk.objects.order_by("offset")
    assert b"".join(bytes(chunk.content) for chunk in log) == b"abcdef"
    assert JobEvent.objects.filter(kind="log").count() == 1


def test_a_log_part_without_the_secret_of_its_attempt_is_refused(
    running: Line, stranger: Caller
) -> None:
    answer = stranger.send_log(running[0].pk, 0, b"abc")
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_runner")


def test_a_log_part_over_the_limit_is_refused_whole(running: Line) -> None:
    attempt, caller = running
    answer = caller.send_log(attempt.pk, 0, bytes(LARGEST_PART + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_bytes")
    assert not LogChunk.objects.exists()


def test_a_secret_in_a_log_is_starred_out_however_it_is_cut(running: Line, asked: Job) -> None:
    attempt, caller = running
    lines = b"token hf_" + 37 * b"a" + b"\nBearer " + 20 * b"b" + b" https://me:pass@host/for_x\n"
    sent = 0
    while sent < len(lines):
        part = lines[sent : sent + 60]
        sent = caller.send_log(attempt.pk, sent, part).json()["size"]
    kept = b"token hf_" + 37 * b"*" + b"\nBearer " + 20 * b"*" + b" https://me:****@host/for_x\n"
    assert read_log(asked, 0, 1000) == (kept, len(lines))
