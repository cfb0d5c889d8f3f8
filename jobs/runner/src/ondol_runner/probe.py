"""The passport of this host: what it is, as far as it tells."""

from __future__ import annotations

import collections
import importlib.metadata
import importlib.util
import os
import platform
from pathlib import Path

import psutil

from ondol_runner.accelerators import list_accelerators
from ondol_runner.protocol import Engine, EngineInfo, Passport
from ondol_runner.sensors import ROOT, list_sensors, read_text

ENGINE_MODULES = {
    Engine.PYTORCH: "torch",
    Engine.ONNXRUNTIME: "onnxruntime",
    Engine.OPENVINO: "openvino",
}
ENGINE_EXTRAS = {engine: f"ondol-runner[{engine.value}]" for engine in ENGINE_MODULES}

ARM = "0x41"
ARM_CORES = {
    "0xd03": "Cortex-A53",
    "0xd04": "Cortex-A35",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0a": "Cortex-A75",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd0d": "Cortex-A77",
    "0xd40": "Neoverse-V1",
    "0xd41": "Cortex-A78",
    "0xd42": "Cortex-A78AE",
    "0xd44": "Cortex-X1",
    "0xd46": "Cortex-A510",
    "0xd47": "Cortex-A710",
    "0xd48": "Cortex-X2",
    "0xd49": "Neoverse-N2",
    "0xd4d": "Cortex-A715",
    "0xd4e": "Cortex-X3",
}


def probe(storage: Path, root: Path = ROOT) -> Passport:
    """Describe this host; `storage` is a folder on the disk that models will lie on."""
    disk = psutil.disk_usage(str(_existing(storage)))
    return Passport(
        cpu=cpu_model(root),
        architecture=platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        ram_bytes=psutil.virtual_memory().total,
        storage_bytes=disk.total,
        storage_free_bytes=disk.free,
        os=_operating_system(),
        accelerators=list_accelerators(root),
        engines=list_engines(),
        sensors=list_sensors(root),
    )


def cpu_model(root: Path = ROOT) -> str:
    """Name the processor; 64-bit ARM tells its parts, and the device tree names the board."""
    entries = [
        (name.strip(), value.strip())
        for name, _, value in (
            line.partition(":") for line in read_text(root / "proc/cpuinfo").splitlines()
        )
    ]
    named = dict(reversed(entries))
    model = named.get("model name", "")
    board = read_text(root / "proc/device-tree/model") or named.get("Model", "")
    makers = [value for name, value in entries if name == "CPU implementer"]
    parts = [value for name, value in entries if name == "CPU part"]
    cores = collections.Counter(
        ARM_CORES[part]
        for maker, part in zip(makers, parts, strict=False)
        if maker == ARM and part in ARM_CORES
    )
    counted = " + ".join(f"{count} x {core}" for core, count in cores.items())
    told = [text for text in (board, counted or model or named.get("Hardware", "")) if text]
    return ", ".join(told) or platform.processor() or platform.machine()


def list_engines() -> list[EngineInfo]:
    """Name the engines installed beside this program, without importing any."""
    return [
        EngineInfo(engine.value, version)
        for engine in Engine
        if (version := engine_version(engine)) is not None
    ]


def engine_version(engine: Engine) -> str | None:
    """Return the version of an engine, or None where it is not installed."""
    module = ENGINE_MODULES[engine]
    if importlib.util.find_spec(module) is None:
        return None
    # Builds for other processors go by other names, onnxruntime-gpu for one.
    for distribution in importlib.metadata.packages_distributions().get(module, [module]):
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def boot_id(root: Path = ROOT) -> str:
    """Return what differs after every start of this host."""
    return read_text(root / "proc/sys/kernel/random/boot_id") or f"since-{psutil.boot_time():.0f}"


def _operating_system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release()}"


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
