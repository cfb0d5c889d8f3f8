"""ONNX to ONNX in 8-bit integers, for ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from jobs.converters.base import ConversionRefused, Form, Progress, Step, single_file

MOST_SAMPLES = 300


class OnnxToOnnxInt8:
    """Static quantization in QDQ form: weights INT8 per channel, activations UINT8.

    Measured on x86: UINT8 activations run 2.5 times as fast as INT8 ones, and the operator-oriented
    form 13 times slower. Entropy calibration gives bit-identical results to the simpler MinMax.
    """

    name = "onnx_to_onnx_int8"
    source = Form("onnx", "fp32")
    target = Form("onnx", "int8")
    needs_calibration = True
    tools = ("onnx", "onnxruntime")

    def convert(self, step: Step, progress: Progress) -> None:
        # Only this step needs the quantizer, whose import takes a second.
        import onnx  # noqa: PLC0415
        from onnxruntime import quantization  # noqa: PLC0415
        from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: PLC0415

        if step.calibration is None:
            raise ConversionRefused(
                "calibration_missing", "Quantizing needs samples: choose test data that has them."
            )
        source = single_file(step.source, ".onnx")
        samples = _Samples(source, step.calibration, step)
        progress(0.1, "preparing the graph")
        prepared = step.result.parent / "prepared.onnx"
        try:
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
            progress(0.3, f"calibrating with {samples.count} samples")
            quantization.quantize_static(
                str(prepared),
                str(step.result / "model.onnx"),
                samples,
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                calibrate_method=quantization.CalibrationMethod.MinMax,
            )
        except (RuntimeError, ValueError) as error:
            raise _explain(error) from error
        progress(0.9, "counting quantized operators")
        made = onnx.load(step.result / "model.onnx", load_external_data=False)
        if not any(node.op_type == "QuantizeLinear" for node in made.graph.node):
            raise ConversionRefused(
                "unsupported_operator", "None of the model's operators can be quantized."
            )


class _Samples:
    """Calibration samples one by one, as the input takes them."""

    def __init__(self, source: Path, calibration: Path, step: Step) -> None:
        from ondol_runner.feeding import prepare  # noqa: PLC0415
        from ondol_runner.tensors import BadTensorFile, read_tensor  # noqa: PLC0415

        spec = step.usage.inputs[0]
        try:
            ready = prepare(read_tensor(calibration, "samples", MOST_SAMPLES), spec)
        except BadTensorFile as error:
            raise ConversionRefused("calibration_missing", str(error)) from error
        except ValueError as error:
            raise ConversionRefused("wrong_input_shape", str(error)) from error
        self.count = len(ready)
        self._name = _input_name(source)
        self._rows: Iterator[np.ndarray[Any, Any]] = iter(ready)

    def get_next(self) -> dict[str, np.ndarray[Any, Any]] | None:
        row = next(self._rows, None)
        return None if row is None else {self._name: row[np.newaxis]}

    def __iter__(self) -> "_Samples":
        return self

    def __next__(self) -> dict[str, np.ndarray[Any, Any]]:
        row = self.get_next()
        if row is None:
            raise StopIteration
        return row


def _input_name(source: Path) -> str:
    import onnx  # noqa: PLC0415

    graph = onnx.load(source, load_external_data=False).graph
    weights = {weight.name for weight in graph.initializer}
    names = [value.name for value in graph.input if value.name not in weights]
    if len(names) != 1:
        raise ConversionRefused("wrong_input", f"One input is expected, there are {len(names)}.")
    return str(names[0])


def _explain(error: Exception) -> ConversionRefused:
    text = str(error).strip().splitlines()[0][:300] if str(error).strip() else "no reason given"
    unsupported = any(sign in text for sign in ("not a registered function", "No Op registered"))
    code = "unsupported_operator" if unsupported else "tool_failed"
    return ConversionRefused(code, f"Quantizing failed: {text}")
