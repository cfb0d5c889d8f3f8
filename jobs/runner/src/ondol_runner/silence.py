"""Engines that would call home are kept from it before they are imported."""

from __future__ import annotations

import os
import sys
from types import ModuleType

# Official builds of ONNX Runtime send usage to their maker from 1.29 on, and write a device id.
VARIABLES = {"ORT_DISABLE_TELEMETRY": "1"}

# Importing openvino sends an event by this module; where it lacks its parts, a silent one is used.
MODULES = ("openvino_telemetry",)


def silence_engines() -> None:
    """Keep engines imported later in this process from the network and the home folder."""
    os.environ.update(VARIABLES)
    for name in MODULES:
        sys.modules.setdefault(name, ModuleType(name))
