"""As a service: the unit, what systemd and its journal hear, and who may not be root."""

from __future__ import annotations

import logging
import os
import pwd
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ondol_runner.__main__ import main
from ondol_runner.config import Home
from ondol_runner.masking import Secret
from ondol_runner.systemd import LineFormatter

from fake_portal import RUNNER_TOKEN, FakePortal, refusal
from program import Program

Start = Callable[[Home], Program]
DAEMON = 1


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Listen where systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def hear(systemd: socket.socket, state: str) -> None:
    while state not in systemd.recv(4096).decode().splitlines():
        pass


def give_to_an_account(home: Home) -> None:
    """Have the home belong to somebody else than root, also where root runs the tests."""
    if home.path.stat().st_uid == 0:
        os.chown(home.path, DAEMON, DAEMON)


@pytest.fixture
def controls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for systemctl, of which there is one for each machine; note how it is called."""
    calls = tmp_path / "calls"
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return calls


def test_systemd_hears_of_a_start_of_life_and_of_a_stop(
    portal: FakePortal, home: Home, start: Start, systemd: socket.socket
) -> None:
    program = start(home)

    hear(systemd, "READY=1")
    hear(systemd, f"STATUS=Connected to {portal.url}")
    hear(systemd, "WATCHDOG=1")
    program.process.terminate()
    hear(systemd, "STOPPING=1")


@pytest.mark.systemd
@pytest.mark.parametrize("scope", ["--user", "--system"])
def test_a_unit_is_one_that_systemd_reads(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], scope: str
) -> None:
    give_to_an_account(home)
    assert main(["service", scope]) == 0
    unit = tmp_path / "ondol-runner.service"
    unit.write_text(capsys.readouterr().out, "utf-8")

    told = subprocess.run(
        ["systemd-analyze", "verify", scope, "--man=no", str(unit)],
        check=False,
        capture_output=True,
        text=True,
    )

    complaints = [line for line in told.stderr.splitlines() if "ondol-runner" in line]
    assert complaints == []
    assert RUNNER_TOKEN not in unit.read_text("utf-8")


def test_a_unit_of_the_machine_is_hardened_and_never_of_root(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    give_to_an_account(home)
    assert main(["service", "--system"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=always"} <= set(lines)
    (user,) = [line.removeprefix("User=") for line in lines if line.startswith("User=")]
    assert pwd.getpwnam(user).pw_uid == home.path.stat().st_uid != 0


def test_installing_writes_the_unit_and_the_proxies_and_removing_takes_it_back(
    home: Home, controls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    assert main(["service", "--user", "--install"]) == 0

    unit = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user" / "ondol-runner.service"
    assert f"--home {home.path}" in unit.read_text("utf-8")
    assert "secret" not in unit.read_text("utf-8")
    proxies = home.path / "environment"
    assert proxies.read_text("utf-8") == "HTTPS_PROXY=http://me:secret@proxy.example:3128\n"
    assert stat.S_IMODE(proxies.stat().st_mode) == 0o600
    assert "secret" not in capsys.readouterr().out

    assert main(["service", "--user", "--uninstall"]) == 0
    assert not unit.exists()
    assert controls.read_text("utf-8").splitlines() == [
        "--user daemon-reload",
        "--user enable ondol-runner.service",
        "--user restart ondol-runner.service",
        "--user disable --now ondol-runner.service",
        "--user daemon-reload",
    ]
    assert main(["service", "--user", "--uninstall"]) == 1


def test_a_home_that_no_unit_can_name_is_refused(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spaced = tmp_path / "a home"
    home.path.rename(spaced)

    assert main(["service", "--user", "--home", str(spaced)]) == 1
    assert "a unit cannot hold" in capsys.readouterr().err


def test_root_is_refused_unless_it_says_so(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert main(["run", "--home", str(home.path)]) == 1
    assert "--allow-root" in capsys.readouterr().err


def test_lines_for_a_journal_have_a_priority_each_and_no_secret() -> None:
    formatter = LineFormatter([Secret("canary")], priorities=True)
    error = RuntimeError("the token canary went to http://me:pass@proxy\nand \x1b[31mred")
    told = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "", 0, "Broke off.", None, told)

    assert formatter.format(record).splitlines() == [
        "<3>Broke off.",
        "<3>RuntimeError: the token *** went to http://me:***@proxy",
        "<3>and red",
    ]


def test_no_secret_reaches_the_log_of_a_runner_that_is_refused(
    portal: FakePortal, home: Home, start: Start
) -> None:
    portal.scripted["/claim"] = [refusal(401, "revoked", f"Unknown token {RUNNER_TOKEN}.")]

    program = start(home)

    assert program.process.wait(timeout=30) == 3
    assert "enroll it again" in program.log()
    assert RUNNER_TOKEN not in program.log()
