"""OpenVINO on the processor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from ondol_runner.backends.base import FREE, Array, TensorInfo, only_file
from ondol_runner.faults import Fault, quoted
from ondol_runner.protocol import Reason


@dataclass(frozen=True)
class OpenVinoSession:
    request: Any
    inputs: Sequence[TensorInfo]
    outputs: Sequence[str]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        try:
            results = self.request.infer(dict(feeds), share_inputs=True)
        except (RuntimeError, ValueError, TypeError) as error:
            raise Fault(Reason.RUN_FAILED, quoted(error, last=True)) from error
        return {name: np.asarray(results[index]) for index, name in enumerate(self.outputs)}


@dataclass(frozen=True)
class OpenVinoBackend:
    # What follows the dash names the build.
    version: str = openvino.__version__.partition("-")[0]

    def load(self, model_dir: Path, files: Sequence[str], *, threads: int) -> OpenVinoSession:
        options = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            # Left to itself the engine computes in bf16 where the processor can.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        path = model_dir / only_file(files, ".xml", ".onnx")
        try:
            core = openvino.Core()
            compiled = core.compile_model(core.read_model(str(path)), "CPU", options)
            request = compiled.create_infer_request()
        except (RuntimeError, ValueError, TypeError) as error:
            raise Fault(
                Reason.LOAD_FAILED, quoted(error, hide=str(model_dir), last=True)
            ) from error
        return OpenVinoSession(
            request=request,
            inputs=tuple(_info(port, f"input_{i}") for i, port in enumerate(compiled.inputs)),
            outputs=tuple(_name(port, f"output_{i}") for i, port in enumerate(compiled.outputs)),
        )


def _info(port: Any, otherwise: str) -> TensorInfo:
    shape = tuple(
        FREE if size.is_dynamic else size.get_length() for size in port.get_partial_shape()
    )
    return TensorInfo(_name(port, otherwise), shape, np.dtype(port.element_type.to_dtype()).name)


def _name(port: Any, otherwise: str) -> str:
    return min(port.names, default=otherwise)


BACKEND = OpenVinoBackend()
