"""ONNX to ONNX of 8-bit integers, for ONNX Runtime: static QDQ, calibrated on real samples.

Activations are UINT8 and weights INT8 a channel: on x86 processors INT8 activations are 2.5
times slower, and dynamic quantization of convolutions is slower than no quantization.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from ondol_runner.faults import quoted
from ondol_runner.feeding import prepare
from ondol_runner.protocol import Sentence, sentence
from ondol_runner.tensors import BadTensorFile, read_tensor
from onnxruntime.quantization.calibrate import CalibrationMethod
from onnxruntime.quantization.quant_utils import QuantFormat, QuantType
from onnxruntime.quantization.quantize import quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from jobs.converters.base import ConversionRefused, Inputs, Progress, RefusalCode, tool_failed
from jobs.converters.onnx_files import (
    FREE,
    check_input,
    declared_shape,
    find_model,
    model_inputs,
    read_model,
    refuse_operators,
    unknown_operators,
)

TOOL = "ONNX Runtime"
MODEL = "model.onnx"
SAMPLES = "samples"
WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
QUANTIZES = "QuantizeLinear"
BATCH = 16

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class QuantizeOptions:
    """`samples`: how many to calibrate on. `reduce_range`: weights of 7 bits.

    x86 without VNNI adds two products in 16 bits, which 8-bit weights overflow without a word: a
    classifier of digits then said something else of one picture in six. One file goes to many
    boards, so it keeps to 7 bits unless somebody knows better.
    """

    samples: int = 256
    reduce_range: bool = True


class OnnxToInt8:
    options = QuantizeOptions

    def tools(self) -> dict[str, str]:
        return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}

    def convert(
        self, inputs: Inputs, outdir: Path, options: QuantizeOptions, progress: Progress
    ) -> None:
        source = find_model(inputs.folder)
        model = read_model(source)
        check_input(model, inputs.usage)
        unknown = unknown_operators(model)
        if unknown:
            raise refuse_operators(unknown, TOOL)
        samples = _samples(inputs, options)
        progress("prepare", 0.0, "")
        with tempfile.TemporaryDirectory() as scratch:
            made = Path(scratch) / MODEL
            try:
                prepared = _prepare_graph(source, Path(scratch))
                progress("calibrate", 0.2, f"{len(samples)} samples")
                _quantize(prepared, made, samples, options)
            # The tool's own errors share no base class.
            except Exception as error:
                raise tool_failed(TOOL, error) from error
            progress("validate", 0.9, MODEL)
            _check_quantized(made)
            shutil.move(made, outdir / MODEL)


CONVERSION = OnnxToInt8()


def float_tail(graph: onnx.GraphProto) -> list[str]:
    """Return the nodes after the last weights, which stay in float.

    There values of different scale meet: a detector joins boxes in pixels and scores from 0 to 1,
    and in 256 steps over both no score would be left.
    """
    followed: set[str] = set()
    tail = []
    for node in reversed(graph.node):
        if node.op_type in WEIGHTED or followed.intersection(node.output):
            followed.update(node.input)
        else:
            tail.append(node.name)
    return tail


class _Batches:
    """Feeds the samples to the calibration, a batch at a time."""

    def __init__(self, name: str, samples: Array, size: int) -> None:
        self._feeds: Iterator[dict[str, Array]] = iter(
            [
                {name: samples[start : start + size]}
                for start in range(0, len(samples) - size + 1, size)
            ]
        )

    def get_next(self) -> dict[str, Array] | None:
        return next(self._feeds, None)


def _samples(inputs: Inputs, options: QuantizeOptions) -> Array:
    if inputs.calibration is None:
        none = sentence("calibration_none", "Choose test data that has int8 samples.")
        raise ConversionRefused(RefusalCode.CALIBRATION_MISSING, none, _what_for())
    try:
        raw = read_tensor(inputs.calibration, SAMPLES, max(1, options.samples))
    except (BadTensorFile, OSError) as error:
        unread = sentence("calibration_unread", "The int8 samples cannot be read.")
        cure = sentence("calibration_again", "Upload them again.")
        raise ConversionRefused(
            RefusalCode.CALIBRATION_MISSING, unread, quoted(error), cure
        ) from error
    if len(raw) == 0:
        empty = sentence("calibration_empty", "The file of int8 samples is empty. Choose another.")
        raise ConversionRefused(RefusalCode.CALIBRATION_MISSING, empty, _what_for())
    try:
        return np.ascontiguousarray(prepare(raw, inputs.usage.inputs[0]))
    except ValueError as error:
        unfit = sentence("calibration_unfit", "The int8 samples do not fit the model.")
        raise ConversionRefused(RefusalCode.WRONG_INPUT_SHAPE, unfit, quoted(error)) from error


def _what_for() -> Sentence:
    return sentence("calibration_purpose", "They set the ranges of the integers.")


def _prepare_graph(source: Path, scratch: Path) -> Path:
    """Fold what can be folded, and name every node apart, for only named ones can be left out."""
    folded = scratch / "folded.onnx"
    # Symbolic shapes help models of text; they fail on some others, which need none.
    quant_pre_process(str(source), str(folded), skip_symbolic_shape=True)
    model = onnx.load(folded)
    taken: set[str] = set()
    for index, node in enumerate(model.graph.node):
        # Names that the exporter gave tell which block a node is in, and what it was in floats.
        if not node.name or node.name in taken:
            node.name = f"{index}_{node.op_type}"
        taken.add(node.name)
    onnx.save(model, folded)
    return folded


def _quantize(prepared: Path, target: Path, samples: Array, options: QuantizeOptions) -> None:
    model = read_model(prepared)
    declared = model_inputs(model)[0]
    shape = declared_shape(declared)
    fixed = shape[0] if shape and shape[0] != FREE else None
    size = fixed or min(BATCH, len(samples))
    if len(samples) < size:
        # A model of one fixed batch size takes no other: repeat what there is.
        samples = np.resize(samples, (size, *samples.shape[1:]))
    quantize_static(
        str(prepared),
        str(target),
        _Batches(declared.name, samples, size),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=options.reduce_range,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=float_tail(model.graph),
        calibrate_method=CalibrationMethod.MinMax,
    )


def _check_quantized(path: Path) -> None:
    """Refuse where nothing was quantized: the tool itself says nothing of that."""
    if not any(node.op_type == QUANTIZES for node in read_model(path).graph.node):
        raise ConversionRefused(
            RefusalCode.UNSUPPORTED_OPERATOR,
            sentence(
                "nothing_to_quantize",
                "Nothing in this model can be quantized: it has none of the operators {names}.",
                names=", ".join(WEIGHTED),
            ),
        )
