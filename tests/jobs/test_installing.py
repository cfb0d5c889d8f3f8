"""How a machine becomes a runner: the script, the index of wheels, and what each refuses."""

import hashlib
import io
import os
import re
import subprocess
import zipfile
from pathlib import Path

import httpx
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from jobs.services.installing import install_script, script_sha256
from tests.cast import people

NEEDS = (
    "Provides-Extra: onnxruntime",
    "Requires-Dist: dacite",
    "Requires-Dist: onnxruntime; extra == 'onnxruntime'",
)
DIGEST = re.compile(r"#sha256=([0-9a-f]{64})")


def put_wheel(folder: Path, name: str, *lines: str) -> Path:
    """Make the least that pip takes for a wheel; `lines` are about what it requires."""
    folder.mkdir(exist_ok=True)
    project, version = name.split("-")[:2]
    told = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}", *lines]
    inside = f"{project}-{version}.dist-info"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr(f"{inside}/METADATA", "\n".join(told) + "\n")
        archive.writestr(f"{inside}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
    return folder / name


@pytest.fixture
def runner_wheel(tmp_path: Path, settings: LazySettings) -> Path:
    """Have the server hold two builds of the runner and one dependency."""
    settings.RUNNER_WHEEL = tmp_path / "own"
    settings.RUNNER_WHEELS = tmp_path / "fetched"
    put_wheel(tmp_path / "own", "ondol_runner-0.9.0-py3-none-any.whl")
    put_wheel(
        tmp_path / "fetched", "Some_Thing-1.0-cp310-abi3-any.whl", "Requires-Python: >=3.10,<4"
    )
    (tmp_path / "fetched" / "half.whl").write_bytes(b"PK")
    return put_wheel(tmp_path / "own", "ondol_runner-0.10.0-py3-none-any.whl", *NEEDS)


def run_script(tmp_path: Path, *options: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a plain account would; `programs` stand in for those of the machine."""
    script = tmp_path / "install.sh"
    script.write_text(install_script())
    stubs = tmp_path / "bin"
    stubs.mkdir(exist_ok=True)
    for name, body in {"id": "echo 1000", **programs}.items():
        (stubs / name).write_text(f"#!/bin/sh\n{body}\n")
        (stubs / name).chmod(0o755)
    env = {**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    return subprocess.run(
        ["sh", str(script), *options], check=False, env=env, capture_output=True, text=True
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def test_the_script_names_this_server_and_the_newest_wheel_with_its_digest(
    runner_wheel: Path, client: Client
) -> None:
    answer = client.get("/runner/install.sh")
    lines = answer.content.decode().splitlines()

    assert "server=http://127.0.0.1:8000" in lines
    assert f"wheel={runner_wheel.name}" in lines
    assert f"sha256={hashlib.sha256(runner_wheel.read_bytes()).hexdigest()}" in lines
    assert "has_dependencies=yes" in lines
    assert hashlib.sha256(answer.content).hexdigest() == script_sha256()


def test_the_index_lists_wheels_with_digest_and_python(runner_wheel: Path, client: Client) -> None:
    assert client.get("/runner/simple/").content.count(b"<a ") == 2

    page = client.get("/runner/simple/some-thing/").content.decode()
    assert 'data-requires-python="&gt;=3.10,&lt;4"' in page
    assert DIGEST.search(page)
    assert b"<a " not in client.get("/runner/simple/half/").content


def test_a_wheel_is_given_out_whole_and_nothing_beside_it(runner_wheel: Path, server: str) -> None:
    base = f"{server}/runner/wheels"
    assert httpx.get(f"{base}/{runner_wheel.name}").content == runner_wheel.read_bytes()
    assert httpx.head(f"{base}/{runner_wheel.name}").is_success
    for name in ("half.whl", "none-1.0-py3-none-any.whl", "..%2Fown%2Fx.whl", ""):
        assert httpx.get(f"{base}/{name}").status_code == 404


@pytest.mark.django_db
def test_the_portal_gives_one_command_and_the_digest_of_its_script(client: Client) -> None:
    client.force_login(people().olga)
    made = client.post("/api/v1/runners", {"name": "gate"}, content_type="application/json").json()

    server = "http://127.0.0.1:8000"
    wanted = f"curl -fsSL {server}/runner/install.sh | sh -s -- --code {made['code']}"
    assert made["command"] == wanted
    assert made["script_sha256"] == script_sha256()


def test_what_the_runner_needs_is_fetched_for_a_boards_processor(
    runner_wheel: Path, tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    for name in ("dacite-1.9-py3-none-any", "exceptiongroup-1.0-py3-none-any"):
        put_wheel(index, f"{name}.whl")
    put_wheel(index, "typing_extensions-4.0-py3-none-any.whl")
    board = put_wheel(index, "onnxruntime-1.31-cp311-cp311-manylinux_2_28_aarch64.whl")
    put_wheel(index, "onnxruntime-1.32-cp312-cp312-manylinux_2_28_aarch64.whl")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    settings.RUNNER_WHEELS = tmp_path / "made"

    chosen = ("--architecture", "aarch64", "--python", "3.11")
    call_command("fetch_runner_wheels", *chosen, stdout=io.StringIO())

    fetched = {path.name for path in settings.RUNNER_WHEELS.iterdir()}
    assert board.name in fetched
    assert len(fetched) == 4
    with pytest.raises(CommandError, match=r"Python 3\.10 on x86_64: .*onnxruntime"):
        call_command("fetch_runner_wheels", "--architecture", "x86_64", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fly"], "--fly is not known."),
        (["--code"], "--code needs a value."),
        (["--service", "cron"], "--service cron is not known."),
        (["--service", "system"], "needs root"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    runner_wheel: Path, tmp_path: Path, options: list[str], sentence: str
) -> None:
    assert sentence in told(run_script(tmp_path, *options))


def test_a_machine_without_a_new_python_is_told_so(runner_wheel: Path, tmp_path: Path) -> None:
    names = ["python3", *(f"python3.{minor}" for minor in range(10, 14))]
    old = dict.fromkeys(names, "exit 1")

    assert "Python 3.10 or newer is needed" in told(run_script(tmp_path, **old))


def test_a_server_without_a_wheel_says_so(tmp_path: Path, settings: LazySettings) -> None:
    settings.RUNNER_WHEEL = settings.RUNNER_WHEELS = tmp_path / "empty"

    assert "no wheel of the runner" in told(run_script(tmp_path))


def test_pip_and_the_runner_are_called_with_digest_code_and_home(
    runner_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It stands in for Python and for what Python would install: each call is a line.
    calls, installed = tmp_path / "calls", tmp_path / ".ondol-runner" / "venv" / "bin"
    shipped, machines = tmp_path / "shipped.pem", tmp_path / "machines.pem"
    shipped.write_text("of pip")
    machines.write_text("of the machine")
    python = f"""case "$*" in
        *certifi*) echo {shipped}; exit 0 ;;
        "-c "*) exit 0 ;;
        "-m venv"*) mkdir -p {installed}
            cp "$0" {installed}/python && cp "$0" {installed}/ondol-runner ;;
    esac
    echo "$*" >> {calls}
    [ "$3" != install ] || echo "$REQUESTS_CA_BUNDLE" > {calls}.trusted"""

    authority = tmp_path / "company.pem"
    authority.write_text("-----BEGIN")
    kept = tmp_path / ".ondol-runner" / "ca.pem"
    bundle = kept.with_name("authorities.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(machines))

    done = run_script(
        tmp_path, "--code", "oc_1", "--ca-file", str(authority), "--service", "no", python3=python
    )

    assert done.returncode == 0, done.stderr
    venv, pip, enroll = calls.read_text().splitlines()
    digest = hashlib.sha256(runner_wheel.read_bytes()).hexdigest()
    assert venv.startswith("-m venv --clear ")
    assert "--index-url http://127.0.0.1:8000/runner/simple/" in pip
    assert pip.endswith(f"/runner/wheels/{runner_wheel.name}#sha256={digest}")
    assert "ondol-runner[onnxruntime] @ " in pip
    assert f"--cert {bundle} " in pip
    assert Path(f"{calls}.trusted").read_text() == f"{bundle}\n"
    assert bundle.read_text().splitlines() == ["of pip", "of the machine", "-----BEGIN"]
    assert enroll == f"enroll --server http://127.0.0.1:8000 --code oc_1 --ca-file {kept}"
    assert kept.read_text() == "-----BEGIN"
    assert "oc_1" not in done.stdout + done.stderr
