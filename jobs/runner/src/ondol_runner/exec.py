"""One engine call over files: what the server asks when it checks a conversion.

Writes nothing but the request's `output`, so that it runs on a read-only root without a network.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ondol_runner import protocol
from ondol_runner.backends.base import Array, Session, bind
from ondol_runner.backends.registry import find_backend
from ondol_runner.faults import Fault, FaultReport, Trouble
from ondol_runner.inputs import read_samples
from ondol_runner.messages import THREAD_VARIABLES
from ondol_runner.protocol import Engine, ProtocolError, Reason, Usage, sentence

MS_PER_S = 1000.0


@dataclass(frozen=True)
class ExecRequest:
    """Run all samples through one model. `files` empty means all files of `model_dir`."""

    engine: Engine
    model_dir: str
    usage: Usage
    samples: str
    output: str
    files: list[str] | None = None
    threads: int = 1
    batch: int = 1


@dataclass(frozen=True)
class ExecReply:
    """What was run; `outputs` names the arrays of the written file with their shapes."""

    engine: str
    version: str
    load_ms: float
    run_ms: float
    count: int
    outputs: dict[str, list[int]]


def execute(request: ExecRequest) -> ExecReply:
    """Run a model over a file of samples and write its outputs as `.npz`; raise Fault."""
    # Before the engine is imported: some read these only then.
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(request.threads)))
    sys.dont_write_bytecode = True
    samples = read_samples(Path(request.samples), request.usage)
    backend = find_backend(request.engine)
    model_dir = Path(request.model_dir)
    started = time.perf_counter()
    session = backend.load(model_dir, _files(request), threads=request.threads)
    loaded = time.perf_counter()
    outputs = _named_for(request.usage, _run_all(session, samples, request))
    ran = time.perf_counter()
    _write(Path(request.output), outputs)
    return ExecReply(
        engine=request.engine.value,
        version=backend.version,
        load_ms=(loaded - started) * MS_PER_S,
        run_ms=(ran - loaded) * MS_PER_S,
        count=len(samples),
        outputs={name: list(array.shape) for name, array in outputs.items()},
    )


def _files(request: ExecRequest) -> list[str]:
    if request.files:
        return request.files
    folder = Path(request.model_dir)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _run_all(session: Session, samples: Array, request: ExecRequest) -> dict[str, Array]:
    """Run batch after batch; a model of one fixed batch size gets its last batch filled up."""
    declared = session.inputs[0].shape if session.inputs else None
    fixed = declared[0] if declared and declared[0] > 0 else None
    size = fixed or max(request.batch, 1)
    name = request.usage.inputs[0].name
    parts: dict[str, list[Array]] = {}
    for start in range(0, len(samples), size):
        chunk = samples[start : start + size]
        missing = size - len(chunk) if fixed else 0
        filled = np.concatenate([chunk, np.repeat(chunk[-1:], missing, axis=0)])
        for output, array in session.run(bind({name: filled}, session.inputs)).items():
            _check_rows(output, array, len(filled))
            parts.setdefault(output, []).append(array[: len(chunk)].copy())
    return {output: np.concatenate(arrays) for output, arrays in parts.items()}


def _check_rows(output: str, array: Array, rows: int) -> None:
    if array.ndim == 0 or len(array) != rows:
        raise Fault(
            Reason.RUN_FAILED,
            sentence(
                "output_rows",
                "Output {output} has the shape {shape}, not one row per sample.",
                output=output,
                shape=list(array.shape),
            ),
        )


def _named_for(usage: Usage, outputs: dict[str, Array]) -> dict[str, Array]:
    """Call a single output as the usage calls it, for each engine has names of its own."""
    if len(outputs) == 1:
        return {usage.output: next(iter(outputs.values()))}
    return outputs


def _write(path: Path, outputs: Mapping[str, Array]) -> None:
    """Write what `numpy.load` reads as `.npz`; not by `savez`, which reserves names of its own."""
    try:
        with zipfile.ZipFile(path, "w") as archive:
            for name, array in outputs.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, array, allow_pickle=False)
    except (OSError, ValueError) as error:
        unwritten = sentence(
            "outputs_unwritten", "The outputs cannot be written: {why}.", why=error
        )
        raise Fault(Reason.UNKNOWN, unwritten) from error


def exec_file(path: Path) -> int:
    """Serve the request in a file; print one line of JSON and return the exit code."""
    try:
        request = protocol.decode(ExecRequest, json.loads(path.read_text("utf-8")))
    except (OSError, ProtocolError, ValueError) as error:
        raise Trouble(f"The request {path} cannot be read: {error}") from error
    reply: dict[str, Any]
    with _quiet_stdout():
        try:
            reply = asdict(execute(request))
        except Fault as fault:
            reply = {"error": asdict(FaultReport.of(fault))}
        except MemoryError:
            said = sentence("check_out_of_memory", "The model does not fit the memory.")
            reply = {"error": asdict(FaultReport.of(Fault(Reason.OUT_OF_MEMORY, said)))}
    print(json.dumps(reply))
    return 1 if "error" in reply else 0


@contextmanager
def _quiet_stdout() -> Iterator[None]:
    """Send to stderr what engines print, so that stdout carries nothing but the reply."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
