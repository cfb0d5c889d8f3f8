"""A fake portal, an enrolled home, and the real program running against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ondol_runner.config import Home
from ondol_runner.protocol import FileRef
from ondol_runner.silence import silence_engines

from fake_portal import FakePortal, serving
from models import onnx_model
from program import FAST, Program, enrolled, start_program

silence_engines()

PROXIES = [
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (upper, upper.lower())
]


@pytest.fixture(autouse=True)
def _direct_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ONDOL_HOST_LOCK", str(tmp_path / "host.lock"))
    monkeypatch.setenv("ONDOL_RUNNER_HOME", str(tmp_path / "home"))


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    with serving(FakePortal()) as portal:
        yield portal


@pytest.fixture
def home(portal: FakePortal, tmp_path: Path) -> Home:
    """Make an enrolled home with two devices and short waits."""
    return enrolled(tmp_path / "home", portal, FAST)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Home], Program]]:
    """Start `ondol-runner run`; it is stopped after the test."""
    started: list[Program] = []

    def start(home: Home) -> Program:
        started.append(start_program(home, tmp_path / f"stderr-{len(started)}"))
        return started[-1]

    yield start
    for program in started:
        program.stop()


@pytest.fixture
def model(portal: FakePortal, tmp_path: Path) -> FileRef:
    return portal.add_blob(onnx_model(tmp_path / "tiny.onnx").read_bytes(), "tiny.onnx")
