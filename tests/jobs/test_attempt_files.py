"""Files that an attempt keeps: in parts with digests, whole or not at all, seen once it ended."""

import hashlib
from typing import Any

import httpx
import pytest

from jobs.models import AttemptFile, Job
from jobs.services import attempt_files
from jobs.types import JobState
from portal.accounts.models import User
from repository.models import Blob
from repository.services.collection import unreferenced
from tests.jobs.conftest import Line
from tests.jobs.test_attempt_api import DONE

CONTENT = b"launch,sample,milliseconds\n1,1,0.25\n"
NAME = "samples.csv"


def hex_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def offer(line: Line, content: bytes = CONTENT, **changes: Any) -> httpx.Response:
    attempt, caller = line
    body = {"epoch": 1, "name": NAME, "size_bytes": len(content), "sha256": hex_of(content)}
    return caller.post(f"attempts/{attempt.pk}/files", body | changes)


def send(line: Line, start: int, content: bytes, sha256: str = "") -> httpx.Response:
    attempt, caller = line
    return caller.http.patch(
        f"attempts/{attempt.pk}/files/{NAME}",
        content=content,
        headers={
            "Content-Range": f"bytes {start}-{start + len(content) - 1}/*",
            "Ondol-Digest": sha256 or hex_of(content),
        },
    )


def end(line: Line) -> None:
    attempt, caller = line
    assert caller.post(f"attempts/{attempt.pk}/finish", DONE).status_code == 204


def test_a_file_in_parts_is_whole_whatever_is_repeated(running: Line) -> None:
    assert offer(running).json() == {"size": 0}
    assert send(running, 0, CONTENT[:9]).json() == {"size": 9}
    again = send(running, 0, CONTENT[:9])
    assert (again.status_code, again.json()) == (416, {"size": 9})
    gap = send(running, 20, CONTENT[20:])
    assert (gap.status_code, gap.json()) == (416, {"size": 9})
    assert offer(running).json() == {"size": 9}
    assert send(running, 9, CONTENT[9:]).json() == {"size": len(CONTENT)}
    file = AttemptFile.objects.get()
    assert file.blob_id == hex_of(CONTENT)
    assert not attempt_files.part_path(file).exists()
    assert not unreferenced().filter(pk=file.blob_id).exists()
    assert offer(running).json() == {"size": len(CONTENT)}


def test_an_end_is_refused_until_the_log_and_the_files_it_names_are_here(
    running: Line, asked: Job
) -> None:
    attempt, caller = running
    offer(running)
    send(running, 0, CONTENT[:9])

    def refused_for() -> str:
        said = {**DONE, "log_size": 4, "files": [NAME]}
        answer = caller.post(f"attempts/{attempt.pk}/finish", said, **{"Idempotency-Key": "k"})
        return "" if answer.status_code == 204 else str(answer.json()["code"])

    assert refused_for() == "log_incomplete"
    caller.send_log(attempt.pk, 0, b"one\n")
    assert refused_for() == "files_incomplete"
    asked.refresh_from_db()
    assert asked.state == JobState.RUNNING
    send(running, 9, CONTENT[9:])
    assert [refused_for(), refused_for()] == ["", ""]


def test_a_part_with_a_wrong_digest_is_refused_and_not_kept(running: Line) -> None:
    offer(running)
    send(running, 0, CONTENT[:9])
    answer = send(running, 9, CONTENT[9:], sha256=hex_of(b"something else"))
    assert (answer.status_code, answer.json()["code"]) == (422, "file_altered")
    assert send(running, 9, CONTENT[9:]).json() == {"size": len(CONTENT)}


def test_a_file_that_is_not_what_was_announced_is_begun_anew(running: Line) -> None:
    offer(running, CONTENT)
    other = CONTENT[::-1]
    answer = send(running, 0, other)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_altered")
    assert not Blob.objects.filter(pk=hex_of(other)).exists()
    assert offer(running).json() == {"size": 0}
    assert send(running, 0, CONTENT).json() == {"size": len(CONTENT)}


def test_a_part_that_a_kill_left_beyond_the_row_is_written_over(running: Line) -> None:
    offer(running)
    send(running, 0, CONTENT[:9])
    part = attempt_files.part_path(AttemptFile.objects.get())
    part.write_bytes(CONTENT[:9] + b"what the row does not know of, and longer than the rest of it")
    assert send(running, 9, CONTENT[9:]).json() == {"size": len(CONTENT)}


def test_a_file_whose_last_part_came_before_a_kill_is_made_whole_by_the_next_offer(
    running: Line,
) -> None:
    offer(running)
    file = AttemptFile.objects.get()
    attempt_files.part_path(file).write_bytes(CONTENT)
    AttemptFile.objects.update(received=len(CONTENT))
    assert offer(running).json() == {"size": len(CONTENT)}
    assert AttemptFile.objects.get().blob_id == hex_of(CONTENT)


def test_parts_that_were_cleared_away_are_asked_for_again(running: Line) -> None:
    offer(running)
    send(running, 0, CONTENT[:9])
    attempt_files.part_path(AttemptFile.objects.get()).unlink()
    assert offer(running).json() == {"size": 0}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": "../up"}, 422, "wrong_file"),
        ({"name": ""}, 422, "wrong_file"),
        ({"sha256": "abc"}, 422, "wrong_file"),
        ({"size_bytes": 0}, 422, "wrong_file"),
        ({"size_bytes": attempt_files.MOST_BYTES + 1}, 413, "attempt_file_too_large"),
        ({"epoch": 2}, 409, "fenced"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(
    running: Line, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = offer(running, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_files_beyond_the_limits_of_an_attempt_are_refused(
    running: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_files, "MOST_FILES", 1)
    offer(running)
    assert offer(running, name="another").status_code == 413
    assert send(running, 0, CONTENT + b"more").status_code == 413
    assert offer(running, b"other bytes").json()["code"] == "file_differs"


def test_a_part_of_what_was_not_offered_or_of_a_lost_job_is_refused(running: Line) -> None:
    assert send(running, 0, CONTENT).json()["code"] == "file_not_offered"
    offer(running)
    end(running)
    assert send(running, 0, CONTENT).json()["code"] == "fenced"
    assert offer(running).json()["code"] == "fenced"


def test_people_see_a_file_once_the_attempt_has_ended(
    running: Line, asked: Job, api: Any, olga: User
) -> None:
    offer(running)
    send(running, 0, CONTENT)
    people = api(olga)
    url = f"blobs/{hex_of(CONTENT)}?filename={NAME}"
    assert people.get(f"jobs/{asked.pk}").json()["files"] == []
    assert people.get(url).status_code == 404
    end(running)
    told = {"name": NAME, "size_bytes": len(CONTENT), "sha256": hex_of(CONTENT)}
    assert people.get(f"jobs/{asked.pk}").json()["files"] == [told]
    assert people.get(url).content == CONTENT


def test_who_may_not_see_the_job_does_not_get_its_file(
    running: Line, asked: Job, api: Any, olga: User
) -> None:
    offer(running)
    send(running, 0, CONTENT)
    end(running)
    Job.objects.filter(pk=asked.pk).update(ai_model=None)
    stella = api(User.objects.get(username="stella"))
    assert stella.get(f"blobs/{hex_of(CONTENT)}").status_code == 404
