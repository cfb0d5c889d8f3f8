"""The accelerators of a host, by their drivers, their numbers on the buses and their makers' tools.

Nothing is guessed: a name that two of these give is told once, in the more telling words.
"""

from __future__ import annotations

import csv
import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ondol_runner.child import child_environment
from ondol_runner.sensors import ROOT, folders, read_text

ASK_S = 60.0
MIB_PER_GIB = 1024
EMULATED_GPUS = frozenset({"virtio_gpu", "vgem", "vkms", "bochs-drm", "cirrus", "simpledrm"})
DEVICE_NODES = {
    "dev/apex_*": "Coral Edge TPU",
    "dev/hailo*": "Hailo NPU",
    "dev/rknpu*": "Rockchip NPU",
}
# Vendor and product, as the buses number them.
USB_NUMBERS = {
    ("1a6e", "089a"): "Coral Edge TPU (USB)",
    ("18d1", "9302"): "Coral Edge TPU (USB)",
    ("03e7", "2485"): "Intel Movidius Myriad X (USB)",
}
PCI_NUMBERS = {
    ("0x1ac1", "0x089a"): "Coral Edge TPU (PCIe)",
    ("0x1e60", "0x2864"): "Hailo-8 NPU (PCIe)",
}
NVIDIA_SMI = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
NVIDIA_FIELDS = 3
ASK_OPENVINO = """\
import json
from ondol_runner.silence import silence_engines
silence_engines()
import openvino
core = openvino.Core()
others = [device for device in core.available_devices if device != "CPU"]
print(json.dumps({one: str(core.get_property(one, "FULL_DEVICE_NAME")) for one in others}))
"""


def list_accelerators(root: Path = ROOT) -> list[str]:
    """Name the accelerators that the system shows; makers' tools are asked on the host itself."""
    found = {
        *(_told_by_tools() if root == ROOT else ()),
        *_by_number(root, "sys/bus/usb/devices/*", ("idVendor", "idProduct"), USB_NUMBERS),
        *_by_number(root, "sys/bus/pci/devices/*", ("vendor", "device"), PCI_NUMBERS),
        *_nvidia_driver(root),
        *(label for pattern, label in DEVICE_NODES.items() if folders(root, pattern)),
        *_by_driver(root, "sys/class/accel/accel*", "NPU"),
        *_by_driver(root, "sys/class/drm/renderD*", "GPU"),
    }
    return sorted(name for name in found if not _is_told_better(name, found))


def _told_by_tools() -> tuple[str, ...]:
    # Importing OpenVINO takes a second, of which hosts without a GPU or NPU are spared.
    nodes = ("sys/class/accel/accel*", "sys/class/drm/renderD*")
    has_node = any(_by_driver(ROOT, pattern, "") for pattern in nodes)
    return nvidia_cards() + (openvino_devices() if has_node else ())


@functools.cache
def nvidia_cards() -> tuple[str, ...]:
    """Ask NVIDIA's own tool for its cards, their memory and their driver."""
    lines = csv.reader(_answer(NVIDIA_SMI).splitlines(), skipinitialspace=True)
    return tuple(
        f"{name}, {_gibibytes(memory)}, driver {driver}"
        for name, memory, driver in (line for line in lines if len(line) == NVIDIA_FIELDS)
    )


@functools.cache
def openvino_devices() -> tuple[str, ...]:
    """Ask OpenVINO for Intel's GPUs and NPUs; nothing where it is not installed."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-c", ASK_OPENVINO]
        told = _answer(command, cwd=scratch, env=child_environment(Path(scratch)))
    try:
        devices = json.loads(told)
    except ValueError:
        return ()
    return tuple(f"{name} ({device} of OpenVINO)" for device, name in devices.items())


def _answer(
    command: list[str], *, cwd: str | None = None, env: dict[str, str] | None = None
) -> str:
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=ASK_S,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            env=env,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _gibibytes(told: str) -> str:
    number, _, unit = told.partition(" ")
    return f"{int(number) / MIB_PER_GIB:.0f} GiB" if unit == "MiB" and number.isdigit() else told


def _is_told_better(name: str, among: set[str]) -> bool:
    """Answer whether another entry names the same thing and more."""
    maker = name.removesuffix(" NPU")
    return any(
        other != name and other.startswith((f"{name} ", f"{name},", f"{maker}-")) for other in among
    )


def _nvidia_driver(root: Path) -> list[str]:
    models = []
    for card in folders(root, "proc/driver/nvidia/gpus/*"):
        for line in read_text(card / "information").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Model":
                models.append(value.strip())
    return models


def _by_number(
    root: Path, pattern: str, files: tuple[str, str], known: dict[tuple[str, str], str]
) -> list[str]:
    numbers = (
        (read_text(device / files[0]), read_text(device / files[1]))
        for device in folders(root, pattern)
    )
    return [known[pair] for pair in numbers if pair in known]


def _by_driver(root: Path, pattern: str, label: str) -> list[str]:
    drivers = {
        (node / "device/driver").resolve().name
        for node in folders(root, pattern)
        if (node / "device/driver").exists()
    }
    return [f"{label} ({driver})" for driver in drivers - EMULATED_GPUS]
