"""The real program: an enrolled home and a running process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from ondol_runner.config import Config, DeviceConfig, Durations, Home
from ondol_runner.identity import Identity
from ondol_runner.masking import Secret

from fake_portal import RUNNER_TOKEN, FakePortal

IDENTITY = Identity.make()
MEASURE = "ondol_runner.measure"
LAUNCH = "ondol_runner.launch"
HEARTBEAT = "ondol_runner.heartbeat"

FAST = Durations(
    retry_first_s=0.05,
    retry_longest_s=0.2,
    claim_spacing_s=0.05,
    log_every_s=0.05,
    term_grace_s=10.0,
    stall_s=30.0,
    host_wait_s=30.0,
)


def enrolled(path: Path, portal: FakePortal, durations: Durations) -> Home:
    home = Home(path)
    home.prepare()
    devices = [DeviceConfig("board"), DeviceConfig("phone")]
    config = Config(portal.url, "runner-1", "bench", devices, durations=durations)
    home.save(config, Secret(RUNNER_TOKEN), IDENTITY)
    return home


@dataclass
class Program:
    """One `ondol-runner` process and what it wrote."""

    process: subprocess.Popen[str]
    stderr: Path

    def log(self) -> str:
        return self.stderr.read_text("utf-8")

    def family(self) -> list[psutil.Process]:
        """Every process it has started that still lives."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def find(self, module: str) -> psutil.Process | None:
        for child in self.family():
            try:
                if module in child.cmdline():
                    return child
            except psutil.NoSuchProcess:
                continue
        return None

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def start_program(home: Home, stderr: Path) -> Program:
    with stderr.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ondol_runner", "run", "--allow-root", "--home", str(home.path)],
            stderr=out,
            text=True,
            env=os.environ | {"PYTHONWARNINGS": "error::ResourceWarning"},
        )
    return Program(process, stderr)


def launched(program: Program) -> bool:
    return program.find(LAUNCH) is not None


def gone(processes: list[psutil.Process]) -> bool:
    return not any(lives(process) for process in processes)


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
