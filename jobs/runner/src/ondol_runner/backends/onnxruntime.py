"""ONNX Runtime on the processor."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from ondol_runner.backends.base import FREE, Array, TensorInfo, as_arrays, only_file
from ondol_runner.faults import Fault, quoted
from ondol_runner.protocol import Reason, Sentence

ERRORS_ONLY = 3
DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(bool)": "bool",
    **{f"tensor({kind})": kind for kind in ("int8", "uint8", "int16", "uint16", "int32", "int64")},
}


TOLD = "_kernel_time"
US_PER_MS = 1000.0
LARGEST_TRACE = 256 * 2**20


@dataclass(frozen=True)
class OperatorTime:
    """What one operator of the optimized model takes in a run; its name is the engine's."""

    name: str
    operator: str
    milliseconds: float


@dataclass(frozen=True)
class OnnxRuntimeSession:
    session: Any
    inputs: Sequence[TensorInfo]
    outputs: Sequence[str]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        try:
            results = self.session.run(self.outputs, feeds)
        except InvalidArgument as error:
            raise Fault(Reason.WRONG_INPUT, quoted(error)) from error
        # The engine's own errors share no base class.
        except Exception as error:
            raise Fault(Reason.RUN_FAILED, quoted(error)) from error
        return as_arrays(dict(zip(self.outputs, results, strict=True)))

    def end_trace(self) -> Path:
        """Return the engine's notes on each operator of each run since it was loaded with one."""
        return Path(self.session.end_profiling())


@dataclass(frozen=True)
class OnnxRuntimeBackend:
    version: str = onnxruntime.__version__

    def load(
        self,
        model_dir: Path,
        files: Sequence[str],
        *,
        threads: int,
        trace: Path | None = None,
    ) -> OnnxRuntimeSession:
        options = onnxruntime.SessionOptions()
        if trace is not None:
            options.enable_profiling = True
            options.profile_file_prefix = str(trace)
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
            raise Fault(Reason.LOAD_FAILED, quoted(error, hide=str(model_dir))) from error
        return OnnxRuntimeSession(
            session=session,
            inputs=tuple(_info(node) for node in session.get_inputs()),
            outputs=tuple(node.name for node in session.get_outputs()),
        )


def read_trace(path: Path, runs: int, warmups: int) -> list[OperatorTime]:
    """Return the median of each operator over the runs after the first ones."""
    if path.stat().st_size > LARGEST_TRACE:
        said = "The engine wrote more about it than can be read."
        raise Fault(Reason.RUN_FAILED, Sentence(said))
    durations: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in json.loads(path.read_text("utf-8")):
        if event.get("cat") == "Node" and event["name"].endswith(TOLD):
            name = event["name"].removesuffix(TOLD)
            durations[name, event["args"].get("op_name", "")].append(event["dur"] / US_PER_MS)
    times = []
    for (name, operator), each in durations.items():
        # What stands in a loop runs several times a run.
        kept = each[len(each) * warmups // runs :]
        times.append(OperatorTime(name, operator, statistics.median(kept) * len(each) / runs))
    return times


def _info(node: Any) -> TensorInfo:
    shape = tuple(size if isinstance(size, int) else FREE for size in node.shape)
    return TensorInfo(node.name, shape, DTYPES.get(node.type))


BACKEND = OnnxRuntimeBackend()
