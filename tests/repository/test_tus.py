import base64
import datetime as dt
import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.utils import timezone

from repository.blobs.store import blob_store
from repository.models import UploadSession
from repository.services.uploads import expire_uploads, part_path, resume_uploads
from repository.types import UploadState
from tests.cast import Cast
from tests.repository.registry import onnx_bytes, open_upload, send
from tests.soak.uploads import Cutter

Api = Callable[..., httpx.Client]
FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
CONTENT = onnx_bytes()


def opened(client: httpx.Client, content: bytes = CONTENT, name: str = "a.onnx") -> str:
    location: str = open_upload(client, name, len(content)).headers["Location"]
    return location.rpartition("/")[2]


def patch(client: httpx.Client, upload_id: str, body: bytes, **headers: str) -> httpx.Response:
    given = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(f"/uploads/{upload_id}", content=body, headers={**given, **named})


def stands_at(client: httpx.Client, upload_id: str) -> str:
    return client.head(f"/uploads/{upload_id}").headers["Upload-Offset"]


def checksum(body: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


def test_the_server_says_what_it_speaks(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    told = client.options("/uploads").headers
    newer = client.post("/uploads", headers={"Tus-Resumable": "2.0.0", "Upload-Length": "1"})

    assert told["Tus-Extension"] == "creation,checksum,expiration,termination"
    assert told["Tus-Checksum-Algorithm"] == "sha256,sha1,md5"
    assert told["Tus-Max-Size"] == str(settings.ENV.upload_limit_bytes)
    assert (newer.status_code, newer.headers["Tus-Version"]) == (412, "1.0.0")


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_checksum_is_held_or_nothing_is_kept(api: Api, cast: Cast, algorithm: str) -> None:
    client = api(cast.olga)
    upload_id = opened(client)
    wrong = patch(client, upload_id, CONTENT[:40], Upload_Checksum=checksum(b"x", algorithm))
    after = stands_at(client, upload_id)
    right = patch(
        client, upload_id, CONTENT[:40], Upload_Checksum=checksum(CONTENT[:40], algorithm)
    )
    strange = patch(client, upload_id, b"x", Upload_Checksum="crc32 AAAA")

    assert (wrong.status_code, wrong.json()["code"], after) == (460, "checksum_mismatch", "0")
    assert (right.status_code, stands_at(client, upload_id)) == (204, "40")
    assert strange.json()["code"] == "unknown_algorithm"
    assert send(client, upload_id, 40, CONTENT[40:]).headers["Ondol-Upload-State"] == "accepted"


def test_more_bytes_than_announced_change_nothing(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    upload_id = opened(client)
    said = patch(client, upload_id, CONTENT + b"x")
    unsaid = client.patch(
        f"/uploads/{upload_id}",
        content=iter([CONTENT, b"x"]),
        headers={"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    )

    assert (said.status_code, unsaid.status_code) == (413, 413)
    assert unsaid.json()["code"] == "too_many_bytes"
    assert stands_at(client, upload_id) == "0"


def test_a_terminated_upload_is_gone_with_its_bytes(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    upload_id = opened(client)
    send(client, upload_id, 0, CONTENT[:9])
    path = part_path(UploadSession.objects.get())

    assert client.delete(f"/uploads/{upload_id}").status_code == 204
    assert not path.exists()
    assert client.head(f"/uploads/{upload_id}").status_code == 404


def test_an_upload_nobody_goes_on_with_expires_and_says_so(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    upload_id = opened(client)
    send(client, upload_id, 0, CONTENT[:9])
    UploadSession.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    assert expire_uploads() == 1
    assert not part_path(UploadSession.objects.get()).exists()
    late = send(client, upload_id, 9, CONTENT[9:])
    assert (late.status_code, late.json()["code"]) == (410, "upload_expired")
    assert client.head(f"/uploads/{upload_id}").status_code == 410


def interrupted(client: httpx.Client, state: UploadState, sha256: str) -> str:
    """Leave an upload as a server leaves it that was killed after the last byte."""
    upload_id = opened(client)
    path = part_path(UploadSession.objects.get())
    path.write_bytes(CONTENT)
    UploadSession.objects.update(state=state, sha256=sha256)
    return upload_id


@pytest.mark.parametrize("state", [UploadState.OPEN, UploadState.RECEIVED])
def test_who_asks_again_finds_the_upload_finished(api: Api, cast: Cast, state: UploadState) -> None:
    client = api(cast.olga)
    digest = hashlib.sha256(CONTENT).hexdigest()
    upload_id = interrupted(client, state, digest if state == UploadState.RECEIVED else "")

    head = client.head(f"/uploads/{upload_id}")

    assert head.headers["Upload-Offset"] == str(len(CONTENT))
    assert head.headers["Ondol-Upload-State"] == "accepted"
    assert client.get(f"/uploads/{upload_id}").json()["sha256"] == digest


def test_nobody_has_to_ask_for_an_upload_to_be_finished(api: Api, cast: Cast) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    interrupted(api(cast.olga), UploadState.RECEIVED, digest)
    UploadSession.objects.update(expires_at=timezone.now() + dt.timedelta(hours=1))

    assert resume_uploads() == 1
    assert UploadSession.objects.get().state == UploadState.ACCEPTED
    assert blob_store().exists(digest)


def test_a_full_disk_keeps_what_was_safe_before(api: Api, cast: Cast, short_disk: int) -> None:
    client = api(cast.olga)
    content = bytes(short_disk + 1000)
    upload_id = opened(client, content)
    send(client, upload_id, 0, content[:1000])

    full = send(client, upload_id, 1000, content[1000:])

    assert (full.status_code, full.json()["code"]) == (507, "no_space")
    assert stands_at(client, upload_id) == "1000"


def test_fifty_uploads_at_a_time_never_go_over_the_quota(
    api: Api, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = settings.ENV.model_copy(update={"quota_user_bytes": 1050})
    monkeypatch.setattr(settings, "ENV", env)
    client = api(cast.olga)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda i: open_upload(client, f"{i}.onnx", 100), range(50)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 10 + [422] * 40
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert refused.json()["code"] == "quota_exceeded"
    assert "50 left" in refused.json()["message"]


def test_cuts_at_any_byte_cost_at_most_one_chunk(api: Api, cast: Cast, server: str) -> None:
    client = api(cast.olga)
    cutter = Cutter(server, client.headers["Authorization"].removeprefix("Bearer "), seed=7)

    outcome = cutter.run(uploads=2, cuts=8, size=300_000)

    assert outcome.failures == []


def test_the_client_of_the_tus_project_resumes_and_checks(
    api: Api, cast: Cast, server: str, tmp_path: Path
) -> None:
    client = api(cast.olga)
    contents = {f"{index}.bin": os.urandom(2_000_000) for index in range(3)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    given = {
        "endpoint": f"{server}/api/v1/uploads",
        "token": client.headers["Authorization"],
        "files": [str(tmp_path / name) for name in contents],
        "chunk": 300_000,
    }
    driver = Path(__file__).with_name("tus_client.mjs")
    ran = subprocess.run(
        ["node", str(driver), json.dumps(given)],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    for name, content in contents.items():
        found = client.get(f"/uploads/{said['uploads'][name].rpartition('/')[2]}").json()
        assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert said["terminated"] == 404
    assert threading.active_count() < 100
