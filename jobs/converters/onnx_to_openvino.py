"""ONNX to OpenVINO's own format, the weights left in float32."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import openvino
from openvino.frontend import OpConversionFailure

from jobs.converters.base import ConversionRefused, Inputs, Progress, tool_failed
from jobs.converters.onnx_files import check_input, find_model, read_model, refuse_operators

TOOL = "OpenVINO"
MODEL = "model.xml"
NAMES_FOLLOW = "No conversion rule found for operations:"


@dataclass(frozen=True)
class OpenVinoOptions:
    """Nothing can be chosen yet."""


class OnnxToOpenVino:
    options = OpenVinoOptions

    def tools(self) -> dict[str, str]:
        return {TOOL.lower(): openvino.__version__.partition("-")[0]}

    def convert(
        self, inputs: Inputs, outdir: Path, _options: OpenVinoOptions, progress: Progress
    ) -> None:
        source = find_model(inputs.folder)
        check_input(read_model(source), inputs.usage)
        progress("convert", 0.0, source.name)
        try:
            model = openvino.convert_model(source)
        except OpConversionFailure as error:
            raise _refusal(error) from error
        # The tool's own errors share no base class.
        except Exception as error:
            raise tool_failed(TOOL, error) from error
        progress("save", 0.8, MODEL)
        openvino.save_model(model, outdir / MODEL, compress_to_fp16=False)


CONVERSION = OnnxToOpenVino()


def _refusal(error: OpConversionFailure) -> ConversionRefused:
    """Name the operators, where the tool does: `-- No conversion rule found for operations: X`."""
    for line in str(error).splitlines():
        _, found, names = line.partition(NAMES_FOLLOW)
        if found:
            return refuse_operators([name.strip() for name in names.split(",")], TOOL)
    return tool_failed(TOOL, error)
