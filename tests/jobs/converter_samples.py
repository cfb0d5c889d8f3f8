"""What conversions are tried on: a quickly trained classifier, real digits, broken ONNX files."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import openvino
import torch
from numpy.typing import NDArray
from ondol_runner.feeding import prepare
from ondol_runner.protocol import InputSpec, Usage
from onnx import TensorProto, helper
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file

from jobs.converters.base import Inputs
from jobs.converters.registry import find, load
from portal.demo.training import classifiers, digits
from portal.demo.training.recipes import CLASSIFIER_USAGE, ClassifierRecipe

Array = NDArray[Any]

CONFIG: dict[str, object] = {
    "architecture": "resnet_small",
    "num_classes": 10,
    "in_channels": 3,
    "widths": [8, 16, 32],
    "depths": [1, 1, 1],
}
QUICK = ClassifierRecipe(
    name="quick", summary="", intro_ko="", intro_en="", config=CONFIG, epochs=4, rate=1.2e-2
)
USAGE = CLASSIFIER_USAGE


@cache
def real_digits() -> digits.Digits:
    return digits.load()


@cache
def trained() -> torch.nn.Module:
    # Threads that wait for each other cost the most beside tests on the other cores.
    torch.set_num_threads(1)
    return classifiers.train(QUICK, real_digits()).module


def images(count: int) -> Array:
    """Return held-out digits as the classifier takes them."""
    return prepare(real_digits().held_out.samples[:count], USAGE.inputs[0])


def usage_of(*shape: int, dtype: str = "float32") -> Usage:
    return Usage(inputs=[InputSpec(name="image", shape=list(shape), dtype=dtype)])


def write_source(folder: Path, module: torch.nn.Module, config: dict[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    save_file(module.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def write_samples(path: Path, samples: Array) -> Path:
    save_arrays({"samples": samples}, path)
    return path


def calibration_file(folder: Path) -> Path:
    chosen = digits.calibration(real_digits())
    return write_samples(folder / "calibration.safetensors", chosen.samples)


def convert(step: str, inputs: Inputs, outdir: Path, **options: Any) -> Path:
    """Run one conversion in this process and return the folder of its result."""
    conversion = load(find(step))
    outdir.mkdir()
    conversion.convert(inputs, outdir, conversion.options(**options), lambda *_: None)
    return outdir


def run_torch(module: torch.nn.Module, fed: Array) -> Array:
    with torch.inference_mode():
        answer: Array = module(torch.from_numpy(fed)).numpy()
    return answer


def run_onnx(folder: Path, fed: Array) -> Array:
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    answer: Array = session.run(None, {session.get_inputs()[0].name: fed})[0]
    return answer


def run_openvino(folder: Path, fed: Array) -> Array:
    # Left to itself the engine computes in bf16 where the processor can.
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(folder / "model.xml", "CPU", exact)
    return np.array(compiled(fed)[0])


def onnx_of_one(folder: Path, operator: str, *, domain: str = "", batch: int | str = "n") -> Path:
    """Write an ONNX model of one operator on images of 3x8x8."""
    folder.mkdir()
    shape = [batch, 3, 8, 8]
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"], domain=domain)],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    opsets = [helper.make_opsetid("", 17)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.save(model, folder / "model.onnx")
    return folder
