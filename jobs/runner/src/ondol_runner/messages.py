"""What the runner's own processes tell each other, by files of JSON. Imports no numpy."""

from __future__ import annotations

from dataclasses import dataclass

from ondol_runner.faults import FaultReport
from ondol_runner.protocol import (
    BenchmarkResult,
    BenchmarkSpec,
    Engine,
    Launch,
    Sampling,
    Usage,
)

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""What engines and their libraries read, when imported, to size their thread pools."""


@dataclass(frozen=True)
class MeasureRequest:
    """One measurement over files that are already here; the result is written to `outcome`.

    Where the engine tells how long each operator takes, a table of that is written to `operators`.
    """

    spec: BenchmarkSpec
    model_dir: str
    scratch: str
    status: str
    outcome: str
    host_lock: str
    host_wait_s: float = 3600.0
    samples: str | None = None
    operators: str | None = None
    parent_pid: int = 0


@dataclass(frozen=True)
class MeasureOutcome:
    """Either a result or a fault."""

    result: BenchmarkResult | None = None
    fault: FaultReport | None = None


@dataclass(frozen=True)
class LaunchRequest:
    """Everything one launch needs; `done` launches of `sampling.launches` came before it."""

    engine: Engine
    model_dir: str
    files: list[str]
    usage: Usage
    threads: int
    cores: list[int]
    sampling: Sampling
    done: int
    status: str
    report: str
    samples: str | None = None
    parent_pid: int = 0


@dataclass(frozen=True)
class LaunchReport:
    """What one launch saw, or why it failed; what the board does not tell is None."""

    launch: Launch | None = None
    fault: FaultReport | None = None
    engine_version: str = ""
    inputs_sha256: str = ""
    affinity: list[int] | None = None
    frequency_mhz: float | None = None
    temperature_c: float | None = None
