"""What Linux tells of a board: its sensors, clocks, power and accelerators. Nothing is guessed."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/")
CPU_ZONES = ("cpu", "x86_pkg", "soc", "package", "core", "acpitz")
EMULATED_GPUS = frozenset({"virtio_gpu", "vgem", "vkms", "bochs-drm", "cirrus", "simpledrm"})
DEVICE_NODES = {
    "dev/apex_*": "Coral Edge TPU",
    "dev/hailo*": "Hailo NPU",
    "dev/rknpu*": "Rockchip NPU",
}
MILLI = 1000.0


def read_text(path: Path) -> str:
    """Return a small system file without its padding, or nothing where it cannot be read."""
    try:
        return path.read_text("utf-8", errors="replace").strip("\0 \n")
    except OSError:
        return ""


def list_sensors(root: Path = ROOT) -> list[str]:
    """Name every thermal zone, hardware monitor and energy counter there is."""
    named = [
        *(f"thermal: {read_text(zone / 'type')}" for zone in _zones(root)),
        *(f"hwmon: {read_text(chip / 'name')}" for chip in _folders(root, "sys/class/hwmon/*")),
        *(
            f"powercap: {read_text(zone / 'name')}"
            for zone in _folders(root, "sys/class/powercap/*")
            if (zone / "energy_uj").exists()
        ),
    ]
    return sorted({name for name in named if not name.endswith(": ")})


def cpu_temperature_c(root: Path = ROOT) -> float | None:
    """Return the highest temperature of the zones that belong to the processor."""
    readings = [
        int(text) / MILLI
        for zone in _zones(root)
        if read_text(zone / "type").lower().startswith(CPU_ZONES)
        and (text := read_text(zone / "temp")).lstrip("-").isdigit()
    ]
    return max(readings, default=None)


def cpu_governor(core: int, root: Path = ROOT) -> str | None:
    return read_text(_cpu(core, root) / "cpufreq/scaling_governor") or None


def cpu_frequency_mhz(core: int, root: Path = ROOT) -> float | None:
    """Return the clock that the kernel last saw on a core."""
    text = read_text(_cpu(core, root) / "cpufreq/scaling_cur_freq")
    return int(text) / MILLI if text.isdigit() else None


def power_source(root: Path = ROOT) -> str | None:
    """Return `mains` or `battery`, or None where the board does not tell."""
    supplies = _folders(root, "sys/class/power_supply/*")
    if any(read_text(supply / "online") == "1" for supply in supplies):
        return "mains"
    has_battery = any(read_text(supply / "type") == "Battery" for supply in supplies)
    return "battery" if has_battery else None


def fastest_first(cores: set[int], root: Path = ROOT) -> list[int]:
    """Order cores by speed; among equals the last comes first, for core 0 serves interrupts."""

    def speed(core: int) -> tuple[int, int, int]:
        capacity = read_text(_cpu(core, root) / "cpu_capacity")
        clock = read_text(_cpu(core, root) / "cpufreq/cpuinfo_max_freq")
        return _number(capacity), _number(clock), core

    return sorted(cores, key=speed, reverse=True)


def list_accelerators(root: Path = ROOT) -> list[str]:
    """Name the accelerators whose driver has found them."""
    found = [
        *_nvidia(root),
        *(label for pattern, label in DEVICE_NODES.items() if _folders(root, pattern)),
        *_by_driver(root, "sys/class/accel/accel*", "NPU"),
        *_by_driver(root, "sys/class/drm/renderD*", "GPU"),
    ]
    return sorted(set(found))


def _nvidia(root: Path) -> list[str]:
    models = []
    for card in _folders(root, "proc/driver/nvidia/gpus/*"):
        for line in read_text(card / "information").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Model":
                models.append(value.strip())
    return models


def _by_driver(root: Path, pattern: str, label: str) -> list[str]:
    drivers = {
        (node / "device/driver").resolve().name
        for node in _folders(root, pattern)
        if (node / "device/driver").exists()
    }
    return [f"{label} ({driver})" for driver in drivers - EMULATED_GPUS]


def _zones(root: Path) -> list[Path]:
    return _folders(root, "sys/class/thermal/thermal_zone*")


def _cpu(core: int, root: Path) -> Path:
    return root / f"sys/devices/system/cpu/cpu{core}"


def _folders(root: Path, pattern: str) -> list[Path]:
    return sorted(root.glob(pattern))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
