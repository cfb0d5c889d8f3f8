"""Every converter: a new engine is one more file and one more line here."""

from jobs.converters.base import Converter
from jobs.converters.onnx_to_onnx_int8 import OnnxToOnnxInt8
from jobs.converters.onnx_to_openvino import OnnxToOpenVino
from jobs.converters.pytorch_to_onnx import PyTorchToOnnx

CONVERTERS: tuple[Converter, ...] = (PyTorchToOnnx(), OnnxToOnnxInt8(), OnnxToOpenVino())
BY_NAME = {converter.name: converter for converter in CONVERTERS}
