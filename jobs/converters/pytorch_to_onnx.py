"""PyTorch weights of a known architecture to ONNX.

By the TorchScript exporter, although it is deprecated: it takes 0.2 to 1 s where the newer one
takes 2 to 7, writes opset 17, which older runtimes on boards read, names the operator it cannot
export, and leaves no shapes in the file that quantization stumbles over. The version of torch is
pinned, so that it does not vanish unnoticed.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from ondol_runner.protocol import InputSpec, Usage, sentence
from torch.onnx.errors import UnsupportedOperatorError

from jobs.converters.base import (
    ConversionRefused,
    Inputs,
    Progress,
    RefusalCode,
    quote,
    tool_failed,
)
from jobs.converters.onnx_files import FREE, refuse_operators, sizes_of
from jobs.converters.pytorch_files import load_module

TOOL = "PyTorch"
MODEL = "model.onnx"
BATCH = "batch"
# With a batch of 1 an exporter may take the size for a constant.
TRIED_BATCH = 2
LARGEST_INPUT = 2**26
OPSETS = range(13, 21)
BAD_CALL = (RuntimeError, ValueError, TypeError, IndexError)


@dataclass(frozen=True)
class ExportOptions:
    """`opset`: the version of ONNX's operators to write, 13 to 20."""

    opset: int = 17


class PyTorchToOnnx:
    options = ExportOptions

    def tools(self) -> dict[str, str]:
        return {"torch": torch.__version__, "onnx": onnx.__version__}

    def convert(
        self, inputs: Inputs, outdir: Path, options: ExportOptions, progress: Progress
    ) -> None:
        torch.set_num_threads(inputs.threads)
        progress("build", 0.0, "")
        module = load_module(inputs.folder)
        progress("export", 0.3, f"opset {options.opset}")
        export(module, inputs.usage, outdir / MODEL, options.opset)
        progress("validate", 0.9, MODEL)
        onnx.checker.check_model(outdir / MODEL)


CONVERSION = PyTorchToOnnx()


def export(module: torch.nn.Module, usage: Usage, target: Path, opset: int) -> None:
    """Write a module of one input and one output as ONNX, or refuse."""
    if len(usage.inputs) != 1:
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "architecture_one_input",
                "The usage names {inputs} inputs; the architecture takes one.",
                inputs=len(usage.inputs),
            ),
        )
    if opset not in OPSETS:
        raise ConversionRefused(
            RefusalCode.TOOL_FAILED,
            sentence(
                "opset_range",
                "opset has to be from {low} to {high}, not {given}.",
                low=OPSETS[0],
                high=OPSETS[-1],
                given=opset,
            ),
        )
    spec = usage.inputs[0]
    example = _example(spec)
    _try(module, example, spec)
    axes = {0: BATCH}
    try:
        # What the exporter warns of is that it is the old one, and its own use of old parts.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            torch.onnx.export(
                module,
                (example,),
                target,
                input_names=[spec.name],
                output_names=[usage.output],
                dynamic_axes=(
                    {spec.name: axes, usage.output: axes} if spec.shape[0] == FREE else None
                ),
                opset_version=opset,
                dynamo=False,
            )
    except UnsupportedOperatorError as error:
        raise refuse_operators([_operator_named_by(error)], TOOL) from error
    except BAD_CALL as error:
        raise tool_failed(TOOL, error) from error


def _example(spec: InputSpec) -> torch.Tensor:
    sizes = sizes_of(spec)
    batch = TRIED_BATCH if spec.shape[0] == FREE else spec.shape[0]
    if np.prod([batch, *sizes], dtype=np.float64) > LARGEST_INPUT:
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "shape_too_large",
                "The shape {shape} of input '{input}' is too large to be tried.",
                shape=spec.shape,
                input=spec.name,
            ),
        )
    try:
        return torch.from_numpy(np.zeros([batch, *sizes], spec.dtype))
    except TypeError as error:
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "dtype_not_taken",
                "Input '{input}' has the dtype '{dtype}', which PyTorch does not take.",
                input=spec.name,
                dtype=spec.dtype,
            ),
        ) from error


def _try(module: torch.nn.Module, example: torch.Tensor, spec: InputSpec) -> None:
    """Run the module once, so that a wrong shape is told apart from a fault of the exporter."""
    try:
        with torch.inference_mode():
            module(example)
    except BAD_CALL as error:
        raise ConversionRefused(
            RefusalCode.WRONG_INPUT_SHAPE,
            sentence(
                "input_not_taken",
                "The model does not take input '{input}' of shape {shape} and dtype {dtype}. "
                "Correct `inputs[0]` of the usage. PyTorch says: {why}",
                input=spec.name,
                shape=spec.shape,
                dtype=spec.dtype,
                why=quote(error),
            ),
        ) from error


def _operator_named_by(error: UnsupportedOperatorError) -> str:
    """Return what stands in quotes in "Exporting the operator 'aten::x' to ONNX opset ..."."""
    return str(error).partition("'")[2].partition("'")[0] or "?"
