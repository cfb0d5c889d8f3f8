"""Every converter there is. A new one is a file in this package and a line here."""

from __future__ import annotations

import importlib
from typing import cast

from ondol_runner.silence import silence_engines

from jobs.converters.base import Conversion, Converter, Form

CONVERTERS = (
    Converter("pytorch_to_onnx", Form("pytorch", "fp32"), Form("onnx", "fp32")),
    Converter(
        "onnx_to_onnx_int8", Form("onnx", "fp32"), Form("onnx", "int8"), needs_calibration=True
    ),
    Converter("onnx_to_openvino", Form("onnx", "fp32"), Form("openvino", "fp32")),
)


class UnknownConverter(LookupError):
    """A step that names no converter of ours."""


def find(name: str) -> Converter:
    for converter in CONVERTERS:
        if converter.name == name:
            return converter
    known = ", ".join(converter.name for converter in CONVERTERS)
    raise UnknownConverter(f"There is no converter '{name}'. There are: {known}.")


def load(converter: Converter) -> Conversion:
    """Import a converter's file and with it its tools: seconds, and hundreds of megabytes.

    Planning needs none of that, so only the process that converts calls this.
    """
    silence_engines()
    module = importlib.import_module(f"jobs.converters.{converter.name}")
    return cast("Conversion", module.CONVERSION)
