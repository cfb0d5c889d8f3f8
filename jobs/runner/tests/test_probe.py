"""What boards of several kinds tell of themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ondol_runner.accelerators import list_accelerators, nvidia_cards, openvino_devices
from ondol_runner.probe import cpu_model
from ondol_runner.sensors import (
    cpu_frequency_mhz,
    cpu_governor,
    cpu_temperature_c,
    fastest_first,
    list_sensors,
    power_source,
)


def board(root: Path, files: dict[str, str]) -> Path:
    """Lay out the system files of a board."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return root


ARM_CORE = "processor\t: {0}\nCPU implementer\t: 0x41\nCPU part\t: {1}\n\n"


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (
            {"proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD EPYC 9654\nprocessor\t: 1\n"},
            "AMD EPYC 9654",
        ),
        (
            {
                "proc/cpuinfo": "".join(ARM_CORE.format(core, "0xd0b") for core in range(4)),
                "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
            },
            "Raspberry Pi 5 Model B Rev 1.0, 4 x Cortex-A76",
        ),
        (
            {
                "proc/cpuinfo": ARM_CORE.format(0, "0xd05") * 4 + ARM_CORE.format(4, "0xd0b") * 4,
                "proc/device-tree/model": "Orange Pi 5",
            },
            "Orange Pi 5, 4 x Cortex-A55 + 4 x Cortex-A76",
        ),
        (
            {"proc/cpuinfo": "processor : 0\nHardware : BCM2835\nModel : Raspberry Pi 3\n"},
            "Raspberry Pi 3, BCM2835",
        ),
    ],
)
def test_a_processor_is_named(tmp_path: Path, files: dict[str, str], named: str) -> None:
    assert cpu_model(board(tmp_path, files)) == named


def test_a_bare_machine_claims_nothing(tmp_path: Path) -> None:
    assert list_sensors(tmp_path) == []
    assert list_accelerators(tmp_path) == []
    assert cpu_temperature_c(tmp_path) is None
    assert cpu_governor(0, tmp_path) is None
    assert cpu_frequency_mhz(0, tmp_path) is None
    assert power_source(tmp_path) is None


def test_a_board_with_sensors_tells_them(tmp_path: Path) -> None:
    root = board(
        tmp_path,
        {
            "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
            "sys/class/thermal/thermal_zone0/temp": "61250\n",
            "sys/class/thermal/thermal_zone1/type": "gpu-thermal\n",
            "sys/class/thermal/thermal_zone1/temp": "90000\n",
            "sys/class/hwmon/hwmon0/name": "k10temp\n",
            "sys/class/hwmon/hwmon1/name": "ina3221\n",
            "sys/class/hwmon/hwmon1/power1_input": "4200000\n",
            "sys/class/hwmon/hwmon1/in1_input": "5000\n",
            "sys/class/powercap/intel-rapl:0/name": "package-0\n",
            "sys/class/powercap/intel-rapl:0/energy_uj": "1\n",
            "sys/class/powercap/intel-rapl/name": "control\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000\n",
        },
    )

    assert list_sensors(root) == [
        "hwmon: ina3221 (power, voltage)",
        "hwmon: k10temp",
        "powercap: package-0",
        "thermal: cpu-thermal",
        "thermal: gpu-thermal",
    ]
    assert cpu_temperature_c(root) == 61.25
    assert cpu_governor(0, root) == "ondemand"
    assert cpu_frequency_mhz(0, root) == 2400.0


def test_accelerators_are_those_with_a_driver(tmp_path: Path) -> None:
    root = board(
        tmp_path,
        {
            "proc/driver/nvidia/gpus/0/information": "Model: \t\t NVIDIA Orin\nIRQ: 1\n",
            "dev/hailo0": "",
            "sys/class/accel/accel0/device/driver/intel_vpu": "",
            "sys/class/drm/renderD128/device/vendor": "0x8086",
        },
    )
    (root / "drivers" / "virtio_gpu").mkdir(parents=True)
    (root / "drivers" / "v3d").mkdir()
    emulated = root / "sys/class/drm/renderD128/device/driver"
    emulated.symlink_to(root / "drivers" / "virtio_gpu")
    real = root / "sys/class/drm/renderD129/device"
    real.mkdir(parents=True)
    (real / "driver").symlink_to(root / "drivers" / "v3d")

    assert list_accelerators(root) == ["GPU (v3d)", "Hailo NPU", "NPU (driver)", "NVIDIA Orin"]


def test_accelerators_are_known_by_their_numbers_on_the_buses(tmp_path: Path) -> None:
    usb, pci = "sys/bus/usb/devices", "sys/bus/pci/devices"
    root = board(
        tmp_path,
        {
            f"{usb}/1-1/idVendor": "1a6e\n",
            f"{usb}/1-1/idProduct": "089a\n",
            f"{usb}/usb1/idVendor": "1d6b\n",
            f"{usb}/usb1/idProduct": "0002\n",
            f"{pci}/0000:01:00.0/vendor": "0x1e60\n",
            f"{pci}/0000:01:00.0/device": "0x2864\n",
            "dev/hailo0": "",
        },
    )

    assert list_accelerators(root) == ["Coral Edge TPU (USB)", "Hailo-8 NPU (PCIe)"]


def test_the_makers_own_tools_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Stand-ins for a card and a processor that the host of this test does not have.
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB, 570.86.15'\n", "utf-8")
    tool.chmod(0o755)
    (tmp_path / "openvino.py").write_text(
        "class Core:\n"
        "    available_devices = ['CPU', 'NPU']\n"
        "    def get_property(self, device, name): return 'Intel(R) AI Boost'\n",
        "utf-8",
    )
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ask_again()

    assert nvidia_cards() == ("NVIDIA H200, 140 GiB, driver 570.86.15",)
    assert openvino_devices() == ("Intel(R) AI Boost (NPU of OpenVINO)",)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    ask_again()
    assert nvidia_cards() == ()


def ask_again() -> None:
    nvidia_cards.cache_clear()
    openvino_devices.cache_clear()


@pytest.mark.parametrize(
    ("supplies", "source"),
    [
        ({"AC": ("Mains", "1"), "BAT0": ("Battery", "")}, "mains"),
        ({"AC": ("Mains", "0"), "BAT0": ("Battery", "")}, "battery"),
        ({"usb": ("USB", "1")}, "mains"),
        ({"AC": ("Mains", "0")}, None),
    ],
)
def test_the_power_source_is_what_is_plugged_in(
    tmp_path: Path, supplies: dict[str, tuple[str, str]], source: str | None
) -> None:
    for name, (kind, online) in supplies.items():
        folder = f"sys/class/power_supply/{name}"
        board(tmp_path, {f"{folder}/type": kind, f"{folder}/online": online})

    assert power_source(tmp_path) == source


def test_the_fastest_cores_are_used_first(tmp_path: Path) -> None:
    cpus = "sys/devices/system/cpu"
    root = board(
        tmp_path,
        {f"{cpus}/cpu{core}/cpu_capacity": "446" for core in range(4)}
        | {f"{cpus}/cpu{core}/cpu_capacity": "1024" for core in (4, 5)}
        | {f"{cpus}/cpu{core}/cpufreq/cpuinfo_max_freq": "2400000" for core in (4, 5)}
        | {f"{cpus}/cpu4/cpufreq/cpuinfo_max_freq": "2600000"},
    )

    assert fastest_first({0, 1, 2, 3, 4, 5}, root) == [4, 5, 3, 2, 1, 0]
    assert fastest_first({0, 1}, tmp_path / "bare") == [1, 0]
