"""PyTorch weights with a known architecture, to ONNX."""

import json
import logging
import warnings
from pathlib import Path

from jobs.converters.base import ConversionRefused, Form, Progress, Step, single_file

OPSET = 20
CONFIG = "config.json"
LARGEST_CONFIG = 1 << 20


class PyTorchToOnnx:
    """Builds the architecture that config.json names, loads the weights and exports the graph.

    The dynamo exporter takes a few seconds where the older one takes one, but the older one is
    deprecated, and the graphs of this one are what the quantizer is tested with.
    """

    name = "pytorch_to_onnx"
    source = Form("pytorch", "fp32")
    target = Form("onnx", "fp32")
    needs_calibration = False
    tools = ("torch", "onnx", "onnxscript")

    def convert(self, step: Step, progress: Progress) -> None:
        # Torch takes seconds to import and only this step needs it.
        import torch  # noqa: PLC0415

        progress(0.1, "building the network")
        network = _build(step)
        shape = step.usage.inputs[0].shape
        if len(step.usage.inputs) != 1 or any(size < 1 for size in shape[1:]):
            raise ConversionRefused(
                "wrong_input_shape", "One input is expected, with every size but the batch given."
            )
        sample = torch.zeros([2, *shape[1:]])
        progress(0.3, "trying the input shape")
        try:
            with torch.inference_mode():
                network(sample)
        except (RuntimeError, ValueError) as error:
            raise ConversionRefused(
                "wrong_input_shape",
                f"The network does not take an input of shape {list(sample.shape)}: {_first(error)}",
            ) from error
        progress(0.5, "exporting the graph")
        _export(network, sample, step.usage.inputs[0].name, step.usage.output, step.result)


def _build(step: Step) -> "torch.nn.Module":  # noqa: F821
    from ondol_runner.architectures.registry import UnknownArchitecture, build  # noqa: PLC0415
    from ondol_runner.architectures.settings import BadConfig  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    config = step.source / CONFIG
    if not config.exists() or config.stat().st_size > LARGEST_CONFIG:
        raise ConversionRefused("unknown_architecture", f"A {CONFIG} that names it is expected.")
    try:
        network = build(json.loads(config.read_text("utf-8")))
    except (UnknownArchitecture, BadConfig, ValueError) as error:
        raise ConversionRefused("unknown_architecture", str(error)) from error
    weights = load_file(single_file(step.source, ".safetensors"))
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise ConversionRefused(
            "weights_do_not_fit",
            f"The weights do not belong to the architecture in {CONFIG}: {_first(error)}",
        ) from error
    return network.eval()


def _export(
    network: "torch.nn.Module",  # noqa: F821
    sample: "torch.Tensor",  # noqa: F821
    input_name: str,
    output_name: str,
    result: Path,
) -> None:
    import torch  # noqa: PLC0415

    logging.getLogger("torch.onnx").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # What its own modules deprecate inside the exporter is not news about the model.
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                network,
                (sample,),
                dynamo=True,
                opset_version=OPSET,
                input_names=[input_name],
                output_names=[output_name],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                verbose=False,
            )
        except torch.onnx.errors.UnsupportedOperatorError as error:
            raise ConversionRefused("unsupported_operator", _first(error)) from error
        except torch.onnx.OnnxExporterError as error:
            raise ConversionRefused("tool_failed", _first(error)) from error
    if program is None:
        raise ConversionRefused("tool_failed", "The exporter returned nothing.")
    program.save(str(result / "model.onnx"), external_data=False)


def _first(error: Exception) -> str:
    """Return the first line that says something; the rest is for the log."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:300] if lines else type(error).__name__
