"""Ondol behind nginx, with the configuration that compose.yaml mounts."""

import grp
import os
import pwd
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from django.conf import settings
from ondol import Client

from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.core.models import OutboxMessage
from tests.cast import people
from tests.services import free_port

pytestmark = [pytest.mark.front, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "portal" / "launch" / "container" / "nginx.conf"


@pytest.fixture
def front(server: str, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    text = CONFIGURATION.read_text()
    for said, here in (
        ("web:8000", server.removeprefix("http://")),
        ("listen 80", f"listen {port}"),
        ("/var/lib/ondol/blobs", f"{settings.ENV.home}/blobs"),
    ):
        assert said in text
        text = text.replace(said, here)
    # Whoever runs the tests owns the blobs: workers of another name could not read them.
    owner = f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"
    files = f"user {owner}; pid {tmp_path}/pid; daemon off; error_log {tmp_path}/error.log;\n"
    scratch = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {", f"http {{ access_log off; {scratch}", 1)
    (tmp_path / "nginx.conf").write_text(files + text)
    command = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        for _ in range(100):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def client(front: str, vocabulary: None) -> Iterator[Client]:
    _, token = create_token(people().olga, name="front", scope=Scope.WRITE)
    with Client(front, token) as client:
        yield client


def test_a_large_file_goes_up_and_comes_down_unchanged(client: Client, tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_bytes(bytes(at % 61 + 32 for at in range(2**16)) * 320)
    about = {"service_type": "image-classification"}
    client.push("olga/notes", {"notes.txt": source}, register=about)
    (copy,) = client.pull("olga/notes", tmp_path / "copy")
    assert copy.read_bytes() == source.read_bytes()


def test_nginx_itself_sends_the_bytes_of_a_blob_in_ranges(
    client: Client, front: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = settings.ENV.model_copy(update={"accel_prefix": "/blobs-inside"})
    monkeypatch.setattr(settings, "ENV", env)
    source = tmp_path / "notes.txt"
    source.write_bytes(b"0123456789" * 100)
    client.push(
        "olga/notes", {"notes.txt": source}, register={"service_type": "image-classification"}
    )
    path = client.server.get("/models/olga/notes/files")["results"][0]["sha256"]

    part = client.server.call("GET", f"/blobs/{path}", headers={"Range": "bytes=5-9"})
    known = {"Range": "bytes=5-9", "If-Range": part.headers["ETag"]}
    resumed = client.server.call("GET", f"/blobs/{path}", headers=known)
    other = client.server.call("GET", f"/blobs/{path}", headers={**known, "If-Range": '"other"'})

    assert (part.status_code, part.content) == (206, b"56789")
    assert part.headers["Server"] == "nginx"
    assert "X-Accel-Redirect" not in part.headers
    assert part.headers.get_list("ETag") == [f'"{path}"']
    assert "immutable" in part.headers["Cache-Control"]
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert part.headers["X-Content-Type-Options"] == "nosniff"
    assert (resumed.status_code, resumed.content) == (206, b"56789")
    assert (other.status_code, len(other.content)) == (200, 1_000)
    digits = path[:2], path[2:4]
    assert httpx.get(f"{front}/blobs-inside/{'/'.join(digits)}/{path}").status_code == 404


def test_events_arrive_while_the_stream_is_open(client: Client, front: str) -> None:
    headers = {"Authorization": client.server.call("GET", "/me").request.headers["Authorization"]}
    with httpx.stream("GET", f"{front}/api/v1/events?topics=jobs", headers=headers) as answer:
        assert answer.status_code == 200
        assert next(answer.iter_lines()) is not None


def test_the_address_that_the_browser_asked_for_reaches_the_server(front: str) -> None:
    entry = httpx.get(f"{front}/api/v1/session")
    answer = httpx.post(
        f"{front}/api/v1/session",
        json={"username": "nobody", "password": "wrong"},
        headers={"Origin": front, "X-CSRFToken": entry.cookies["csrftoken"]},
        cookies={"csrftoken": entry.cookies["csrftoken"]},
    )
    assert answer.json()["code"] == "wrong_login"


def test_every_command_of_compose_names_a_program_that_is_here() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: row["command"] for name, row in services.items() if row.get("image") == "ondol"}
    assert set(ours) == {"setup", "web", "worker", "janitor"}
    binaries = ROOT / ".venv" / "bin"
    helps = {
        "web": ["-m", "uvicorn", "--help"],
        "worker": ["-m", "celery", "worker", "--help"],
        "janitor": ["manage.py", "janitor", "--help"],
    }
    for name, words in helps.items():
        said = subprocess.run(
            [str(binaries / "python"), *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        options = [word for word in shlex.split(ours[name]) if word.startswith("--")]
        assert [option for option in options if option not in said] == []
    assert not OutboxMessage.objects.exists()
