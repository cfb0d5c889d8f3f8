"""Whether this host can do the work: engines, bounds, disk, sensors."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from ondol_runner.child import child_environment
from ondol_runner.config import HOME_VARIABLE, Home
from ondol_runner.doctor.findings import Amiss, Check, Minor
from ondol_runner.faults import told_by
from ondol_runner.probe import ENGINE_EXTRAS, list_engines
from ondol_runner.sensors import cpu_temperature_c, list_sensors

IMPORT_S = 120.0
LEAST_FREE_BYTES = 2**30
GIB = 2**30
IMPORT = """\
import sys
from ondol_runner.backends.registry import find_backend
from ondol_runner.protocol import Engine
find_backend(Engine(sys.argv[1]))
"""


def host_checks(home: Home) -> list[tuple[str, Check]]:
    return [
        ("engines", engines_work),
        ("limits", limits_hold),
        ("disk", lambda: disk_has_room(home)),
        ("sensors", sensors_tell),
    ]


def engines_work() -> str:
    """Import each engine that is installed, as a job would: some die of it on some processors."""
    engines = list_engines()
    if not engines:
        extras = ", ".join(f"'{extra}'" for extra in ENGINE_EXTRAS.values())
        raise Amiss("No engine is installed.", f"Install one of {extras} beside the runner.")
    with tempfile.TemporaryDirectory() as scratch:
        faults = [
            f"{info.engine} {info.version} {fault}"
            for info in engines
            if (fault := _fault_of_import(info.engine, Path(scratch)))
        ]
    if faults:
        raise Amiss(
            f"{'; '.join(faults)}.",
            "Install that engine again, in a version that is built for this processor and Python.",
        )
    return ", ".join(f"{info.engine} {info.version}" for info in engines)


def _fault_of_import(engine: str, scratch: Path) -> str:
    try:
        ended = subprocess.run(
            [sys.executable, "-c", IMPORT, engine],
            check=False,
            capture_output=True,
            text=True,
            cwd=scratch,
            env=child_environment(scratch),
            timeout=IMPORT_S,
        )
    except subprocess.TimeoutExpired:
        return f"is not imported within {IMPORT_S:.0f} seconds"
    if ended.returncode < 0:
        return f"ends with {signal.Signals(-ended.returncode).name} when it is imported"
    return told_by(RuntimeError(ended.stderr), last=True) if ended.returncode else ""


def limits_hold() -> str:
    """Bound a child as every job is bounded, and see what this host refuses."""
    told = subprocess.run(
        [sys.executable, "-m", "ondol_runner.bounds"],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=IMPORT_S,
    ).stdout.split("\n")
    if refused := [what for what in told if what]:
        raise Minor(
            f"This host does not let the runner set {', '.join(refused)}.",
            "A job that runs wild can end the runner: start it as a service, with limits of its "
            "own, and look what the container or the account forbids.",
        )
    if os.geteuid() == 0:
        raise Minor(
            "The runner would work as root.",
            "Make an account for it, and start it there: jobs need no rights of their own.",
        )
    return "memory, files and core dumps of a job are bounded"


def disk_has_room(home: Home) -> str:
    folder = next(path for path in (home.path, *home.path.parents) if path.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Amiss(
            f"{folder} cannot be written.",
            f"Give it to this account, or name another with --home or {HOME_VARIABLE}.",
        )
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Amiss(
            f"Only {free / GIB:.1f} GiB are free in {folder}.",
            f"Make room there, or name a folder on another disk with --home or {HOME_VARIABLE}.",
        )
    return f"{free / GIB:.1f} GiB are free in {folder}"


def sensors_tell() -> str:
    sensors = list_sensors()
    if not sensors:
        raise Minor(
            "This host shows no sensor.",
            "Measurements are marked as taken at an unknown temperature. In a virtual machine "
            "there is no cure; on a board, load its driver for thermal zones.",
        )
    heat = cpu_temperature_c()
    return ", ".join(sensors) + (f"; the processor is at {heat:.0f} C" if heat else "")
