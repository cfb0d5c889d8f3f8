"""The doctor names the hop that fails, over real sockets, and says what to do."""

from __future__ import annotations

import datetime as dt
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path

import pytest

from ondol_runner import probe
from ondol_runner.__main__ import main
from ondol_runner.config import Home
from ondol_runner.doctor.findings import Amiss, Finding, State, look_in_turn
from ondol_runner.doctor.host import disk_has_room, engines_work
from ondol_runner.doctor.road import Road
from ondol_runner.protocol import Engine

from fake_portal import CODE, Answer, FakePortal, serving
from network import LOGIN_PAGE, Authority, proxy


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure(authority: Authority) -> Iterator[FakePortal]:
    with serving(FakePortal(), authority.server()) as portal:
        yield portal


def walk(server: str, ca_file: Path | None = None) -> list[Finding]:
    road = Road(server, str(ca_file) if ca_file else "")
    findings = list(look_in_turn(road.hops()))
    road.close()
    return findings


def failing(findings: list[Finding]) -> Finding:
    """Return the one problem; everything after it is skipped."""
    states = [finding.state for finding in findings]
    position = states.index(State.PROBLEM)
    assert set(states[position + 1 :]) <= {State.SKIPPED}
    assert findings[position].cure
    return findings[position]


def test_a_good_road_is_well_at_every_hop(secure: FakePortal, authority: Authority) -> None:
    findings = walk(secure.url, authority.ca_file)

    checks = [finding.check for finding in findings]
    assert checks == ["dns", "proxy", "tcp", "tls", "http", "clock"]
    assert {finding.state for finding in findings} == {State.OK}


def test_a_name_that_leads_nowhere(authority: Authority) -> None:
    found = failing(walk("https://ondol.invalid", authority.ca_file))

    assert found.check == "dns"
    assert "ondol.invalid" in found.text
    assert "HTTPS_PROXY" in found.cure


def test_a_port_that_refuses() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{free.getsockname()[1]}"
        found = failing(walk(server))

    assert (found.check, "refuses" in found.text) == ("tcp", True)


def test_an_authority_that_is_not_known(secure: FakePortal) -> None:
    found = failing(walk(secure.url))

    assert found.check == "tls"
    assert "--ca-file" in found.cure


def test_a_certificate_for_another_name(authority: Authority) -> None:
    with serving(FakePortal(), authority.server(name="other.example")) as portal:
        found = failing(walk(portal.url, authority.ca_file))

    assert found.check == "tls"
    assert "made out to" in found.cure


def test_a_certificate_that_ran_out(authority: Authority) -> None:
    with serving(FakePortal(), authority.server(days=(-3, -2))) as portal:
        found = failing(walk(portal.url, authority.ca_file))

    assert (found.check, "clock" in found.cure) == ("tls", True)


def test_a_server_that_speaks_no_tls(portal: FakePortal) -> None:
    found = failing(walk(portal.url.replace("http://", "https://")))

    assert (found.check, "TLS" in found.text) == ("tls", True)


def test_a_missing_ca_file(secure: FakePortal, tmp_path: Path) -> None:
    found = failing(walk(secure.url, tmp_path / "none.pem"))

    assert (found.check, "none.pem" in found.text) == ("tls", True)


def test_the_page_of_a_guest_network_is_not_taken_for_the_server(portal: FakePortal) -> None:
    portal.scripted["/readyz"] = [Answer(200, raw=LOGIN_PAGE)]
    found = failing(walk(portal.url))

    assert found.check == "http"
    assert 'title "Guest network: sign in"' in found.text
    assert "sign-in page" in found.cure


def test_a_server_without_its_database(portal: FakePortal) -> None:
    portal.scripted["/readyz"] = [Answer(503, {"status": "no database"})]
    found = failing(walk(portal.url))

    assert (found.check, "no database" in found.text) == ("http", True)


def test_a_server_that_sends_callers_on(portal: FakePortal) -> None:
    portal.scripted["/readyz"] = [Answer(301, raw=b"", headers={"Location": "https://new.example"})]
    found = failing(walk(portal.url))

    assert (found.check, "https://new.example" in found.text) == ("http", True)


@pytest.mark.parametrize(("days", "told"), [(2, "2.0 days behind"), (-2, "2.0 days ahead of")])
def test_a_clock_that_is_days_off(portal: FakePortal, days: int, told: str) -> None:
    date = format_datetime(dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days), usegmt=True)
    portal.scripted["/readyz"] = [Answer(200, {"status": "ready"}, headers={"Date": date})]
    found = failing(walk(portal.url))

    assert (found.check, told in found.text) == ("clock", True)


def test_a_proxy_that_lets_through(
    secure: FakePortal, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy() as address:
        monkeypatch.setenv("HTTPS_PROXY", address.replace("http://", "http://me:secret@"))
        findings = walk(secure.url, authority.ca_file)

    assert {finding.state for finding in findings} == {State.OK}
    assert address.removeprefix("http://") in findings[1].text
    assert "secret" not in str(findings)


def test_enrolling_takes_the_same_road_by_proxy_and_company_authority(
    secure: FakePortal,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    enroll = ["enroll", "--server", secure.url, "--code", CODE]
    monkeypatch.setattr("ondol_runner.__main__.ENROLL_PATIENCE_S", 0.0)
    assert main(enroll) == 1
    assert "certificate" in capsys.readouterr().err

    with proxy() as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        assert main([*enroll, "--ca-file", str(authority.ca_file)]) == 0
    assert main([*enroll, "--ca-file", str(authority.ca_file), "--replace"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "cure"),
    [(407, "user:password"), (403, "runs the proxy"), (405, "Check the address in HTTPS_PROXY")],
)
def test_a_proxy_that_refuses(
    secure: FakePortal, monkeypatch: pytest.MonkeyPatch, status: int, cure: str
) -> None:
    with proxy(status=status) as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        found = failing(walk(secure.url))

    assert found.check == "proxy"
    assert str(status) in found.text
    assert cure in found.cure


def test_a_proxy_that_answers_with_its_own_page(
    secure: FakePortal, portal: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(page=True) as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("HTTP_PROXY", address)
        behind_tls, plain = failing(walk(secure.url)), failing(walk(portal.url))

    assert behind_tls.check == "tls"
    assert plain.check == "http"
    assert "Guest network" in plain.text


def test_no_proxy_exempts_a_server(portal: FakePortal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert failing(walk(portal.url)).check == "proxy"

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert {finding.state for finding in walk(portal.url)} == {State.OK}


def test_a_home_that_cannot_be_written_and_a_full_disk_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(tmp_path) in disk_has_room(Home(tmp_path / "later"))

    monkeypatch.setattr("ondol_runner.doctor.host.LEAST_FREE_BYTES", 2**62)
    with pytest.raises(Amiss, match="GiB are free"):
        disk_has_room(Home(tmp_path))


def test_an_engine_that_cannot_be_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a wheel for another processor behaves.
    (tmp_path / "openvino.py").write_text("import os; os.kill(os.getpid(), 4)\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(probe, "Engine", [Engine.OPENVINO])

    with pytest.raises(Amiss, match=r"openvino .* ends with SIGILL"):
        engines_work()


def test_a_job_is_bounded_and_killed_first() -> None:
    script = (
        "import resource; from ondol_runner import bounds; print(bounds.bound_this_process());"
        "print(resource.getrlimit(resource.RLIMIT_CORE), bounds.OOM_SCORE.read_text())"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout

    assert told.split() == ["[]", "(0,", "0)", "1000"]


def test_the_command_tells_all_in_json_and_by_its_exit_code(
    portal: FakePortal,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # One engine is enough here; the others take seconds to import.
    monkeypatch.setattr(probe, "Engine", [Engine.ONNXRUNTIME])

    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["failing"]) == (True, "")
    checks = [check["check"] for check in report["checks"]]
    assert checks[0] == "config"
    assert checks[-5:] == ["credential", "engines", "limits", "disk", "sensors"]

    home.credential_file.write_text("revoked", "utf-8")
    monkeypatch.setattr(probe, "Engine", [])
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "The first thing to put right: credential." in shown
    assert "enroll --replace" in shown
    assert portal.sessions == []


def test_before_enrolling_the_doctor_looks_at_a_server(
    portal: FakePortal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probe, "Engine", [])

    assert main(["doctor", "--server", portal.url, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    states = {check["check"]: check["state"] for check in report["checks"]}
    assert (states["http"], states["engines"]) == ("ok", "problem")
    assert report["failing"] == "engines"
