"""What Linux tells of a board: its sensors, clocks and power. Nothing is guessed."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/")
CPU_ZONES = ("cpu", "x86_pkg", "soc", "package", "core", "acpitz")
# What a hardware monitor measures, by how its files are named.
QUANTITIES = {"power": "power", "curr": "current", "in": "voltage", "temp": "temperature"}
MILLI = 1000.0


def read_text(path: Path) -> str:
    """Return a small system file without its padding, or nothing where it cannot be read."""
    try:
        return path.read_text("utf-8", errors="replace").strip("\0 \n")
    except OSError:
        return ""


def list_sensors(root: Path = ROOT) -> list[str]:
    """Name every thermal zone, hardware monitor with what it measures, and energy counter."""
    named = [
        *(f"thermal: {read_text(zone / 'type')}" for zone in _zones(root)),
        *(_monitor(chip) for chip in folders(root, "sys/class/hwmon/*")),
        *(
            f"powercap: {read_text(zone / 'name')}"
            for zone in folders(root, "sys/class/powercap/*")
            if (zone / "energy_uj").exists()
        ),
    ]
    return sorted({name for name in named if name and not name.endswith(": ")})


def _monitor(chip: Path) -> str:
    """Name a hardware monitor and what it measures."""
    measured = [
        quantity
        for prefix, quantity in QUANTITIES.items()
        if any(chip.glob(f"{prefix}[0-9]*_input")) or any(chip.glob(f"{prefix}[0-9]*_average"))
    ]
    told = f" ({', '.join(measured)})" if measured else ""
    return f"hwmon: {read_text(chip / 'name')}{told}" if read_text(chip / "name") else ""


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
    supplies = folders(root, "sys/class/power_supply/*")
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


def _zones(root: Path) -> list[Path]:
    return folders(root, "sys/class/thermal/thermal_zone*")


def _cpu(core: int, root: Path) -> Path:
    return root / f"sys/devices/system/cpu/cpu{core}"


def folders(root: Path, pattern: str) -> list[Path]:
    return sorted(root.glob(pattern))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
