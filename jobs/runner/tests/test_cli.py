"""The command line as a person meets it: one clear line, and the right exit code."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from ondol_runner.__main__ import main
from ondol_runner.config import Home
from ondol_runner.identity import Identity
from ondol_runner.protocol import Passport, decode

from fake_portal import CODE, RUNNER_TOKEN, Answer, FakePortal
from program import FAST, enrolled


def enroll(portal: FakePortal, *more: str, code: str = CODE) -> int:
    return main(["enroll", "--server", portal.url, "--code", code, *more])


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("ondol-runner: ")
    return line


def test_enrolling_keeps_a_private_credential_and_never_prints_it(
    portal: FakePortal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(portal, "--name", "bench", "--device", "board", "--device", "phone") == 0

    home = Home(tmp_path / "home")
    assert home.read_token().reveal() == RUNNER_TOKEN
    assert stat.S_IMODE(home.credential_file.stat().st_mode) == 0o600
    config = home.read_config()
    assert (config.server, config.runner_id, config.name) == (portal.url, "runner-1", "bench")
    assert [device.name for device in config.devices] == ["board", "phone"]
    assert RUNNER_TOKEN not in home.config_file.read_text("utf-8")
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    identity = Identity.read(home.key_file)
    assert identity is not None
    assert portal.enrolled["public_key"] == identity.public_key
    assert home.key_file.read_text("utf-8").strip() not in str(portal.enrolled)
    assert RUNNER_TOKEN not in "".join(capsys.readouterr())


def test_a_wrong_code_is_one_clear_line_and_leaves_nothing(
    portal: FakePortal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(portal, code="used-before") == 1

    line = one_line(capsys)
    assert "This code is not known, used or expired." in line
    assert "wrong_code" in line
    assert "used-before" not in line
    assert not Home(tmp_path / "home").is_enrolled


def test_an_enrolled_runner_is_not_enrolled_over_by_accident(
    portal: FakePortal, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(portal) == 1
    assert "--replace" in one_line(capsys)

    assert enroll(portal, "--replace", "--name", "second") == 0
    assert home.read_config().name == "second"


@pytest.mark.parametrize("server", ["portal.example", "ftp://portal.example", "http://"])
def test_an_address_that_is_none_is_named(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enroll", "--server", server, "--code", CODE]) == 1
    assert "--server" in one_line(capsys)


def test_a_missing_ca_file_is_named(
    portal: FakePortal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(portal, "--ca-file", str(tmp_path / "none.pem")) == 1
    assert "none.pem" in one_line(capsys)


def test_a_home_that_cannot_be_written_is_named(
    portal: FakePortal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    assert enroll(portal, "--home", str(tmp_path / "file" / "home")) == 1
    assert "--home" in one_line(capsys)
    assert portal.calls == []


@pytest.mark.parametrize("command", ["run --allow-root", "status", "service --user"])
def test_a_runner_that_is_not_enrolled_says_how_to(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.split()) == 1
    assert "ondol-runner enroll" in one_line(capsys)


def test_a_config_with_a_wrong_field_names_it(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    config = json.loads(home.config_file.read_text("utf-8"))
    home.config_file.write_text(json.dumps(config | {"devices": "board"}), "utf-8")

    assert main(["status"]) == 1
    assert "devices" in one_line(capsys)

    config["devices"][0]["reach"] = "pigeon"
    home.config_file.write_text(json.dumps(config), "utf-8")
    assert main(["status"]) == 1
    assert "pigeon" in one_line(capsys)


def test_a_second_runner_on_one_home_is_refused(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with home.only_runner():
        assert main(["run", "--allow-root"]) == 1
        assert "Another ondol-runner" in capsys.readouterr().err
        assert main(["status"]) == 0
        assert "running" in capsys.readouterr().out

    assert main(["status"]) == 0
    assert "stopped" in capsys.readouterr().out


def test_a_session_taken_over_by_another_process_ends_this_one(
    portal: FakePortal, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"code": "session_replaced", "message": "A newer session is open."}
    portal.scripted["/claim"] = [Answer(409, body)]

    assert main(["run", "--allow-root", "--home", str(home.path)]) == 3
    assert "only one may run" in capsys.readouterr().err


def test_probe_prints_the_passport_of_this_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe"]) == 0

    passport = decode(Passport, json.loads(capsys.readouterr().out))
    assert passport.cpu
    assert passport.cores > 0
    assert passport.ram_bytes > 2**28
    assert passport.storage_bytes > passport.storage_free_bytes > 0
    assert {"onnxruntime", "openvino", "pytorch"} <= {info.engine for info in passport.engines}


@pytest.mark.parametrize("arguments", [[], ["fly"], ["enroll"], ["run", "--fast"]])
def test_a_wrong_call_shows_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage: ondol-runner" in capsys.readouterr().err


def test_help_lists_what_people_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    shown = capsys.readouterr().out
    assert all(word in shown for word in ("enroll", "run", "status", "probe", "exec"))
    assert "measure" not in shown


def test_a_portal_that_does_not_answer_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ondol_runner.__main__.ENROLL_PATIENCE_S", 0.0)

    assert main(["enroll", "--server", "http://127.0.0.1:9", "--code", CODE]) == 1
    assert "cannot be reached" in one_line(capsys)


def test_two_homes_hold_two_runners(portal: FakePortal, tmp_path: Path) -> None:
    first = enrolled(tmp_path / "one", portal, FAST)
    second = enrolled(tmp_path / "two", portal, FAST)

    with first.only_runner(), second.only_runner():
        assert (first.is_running(), second.is_running()) == (True, True)
