"""ONNX to OpenVINO's own two files."""

from jobs.converters.base import ConversionRefused, Form, Progress, Step, single_file


class OnnxToOpenVino:
    """Converts without compressing the weights: the result computes what the source does."""

    name = "onnx_to_openvino"
    source = Form("onnx", "fp32")
    target = Form("openvino", "fp32")
    needs_calibration = False
    tools = ("openvino",)

    def convert(self, step: Step, progress: Progress) -> None:
        # Only this step needs OpenVINO, whose import takes a second.
        import openvino  # noqa: PLC0415

        source = single_file(step.source, ".onnx")
        progress(0.2, "reading the graph")
        try:
            model = openvino.convert_model(str(source))
        except Exception as error:
            raise _explain(error) from error
        progress(0.8, "writing the result")
        openvino.save_model(model, str(step.result / "model.xml"), compress_to_fp16=False)


def _explain(error: Exception) -> ConversionRefused:
    """Say what OpenVINO's exceptions, all of one class, mean."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = next((line for line in reversed(lines) if "operations" in line or "not" in line), "")
    unsupported = "No conversion rule" in str(error) or "not supported" in str(error)
    code = "unsupported_operator" if unsupported else "tool_failed"
    return ConversionRefused(code, f"OpenVINO cannot convert this model: {text[:300]}")
