"""ONNX Runtime on the processor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from ondol_runner.backends.base import FREE, Array, TensorInfo, as_arrays, only_file
from ondol_runner.faults import Fault, told_by
from ondol_runner.protocol import Reason

ERRORS_ONLY = 3
DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(bool)": "bool",
    **{f"tensor({kind})": kind for kind in ("int8", "uint8", "int16", "uint16", "int32", "int64")},
}


@dataclass(frozen=True)
class OnnxRuntimeSession:
    session: Any
    inputs: Sequence[TensorInfo]
    outputs: Sequence[str]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        try:
            results = self.session.run(self.outputs, feeds)
        except InvalidArgument as error:
            raise Fault(Reason.WRONG_INPUT, told_by(error)) from error
        # The engine's own errors share no base class.
        except Exception as error:
            raise Fault(Reason.RUN_FAILED, told_by(error)) from error
        return as_arrays(dict(zip(self.outputs, results, strict=True)))


@dataclass(frozen=True)
class OnnxRuntimeBackend:
    version: str = onnxruntime.__version__

    def load(self, model_dir: Path, files: Sequence[str], *, threads: int) -> OnnxRuntimeSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = ERRORS_ONLY
        path = model_dir / only_file(files, ".onnx", ".ort")
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        # The engine's own errors share no base class.
        except Exception as error:
            raise Fault(Reason.LOAD_FAILED, told_by(error, hide=str(model_dir))) from error
        return OnnxRuntimeSession(
            session=session,
            inputs=tuple(_info(node) for node in session.get_inputs()),
            outputs=tuple(node.name for node in session.get_outputs()),
        )


def _info(node: Any) -> TensorInfo:
    shape = tuple(size if isinstance(size, int) else FREE for size in node.shape)
    return TensorInfo(node.name, shape, DTYPES.get(node.type))


BACKEND = OnnxRuntimeBackend()
