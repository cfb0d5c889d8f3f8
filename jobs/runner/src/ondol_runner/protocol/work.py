"""What a job asks of a device, and what was measured there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Engine(str, Enum):
    """What executes an artifact on a device."""

    PYTORCH = "pytorch"
    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"


@dataclass(frozen=True)
class FileRef:
    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class ArtifactRef:
    artifact_id: str
    format: str
    precision: str
    files: list[FileRef]


@dataclass(frozen=True)
class InputSpec:
    """One input of a model, and how a raw sample becomes it.

    `shape` has -1 for the batch. A raw uint8 or float sample is divided by `divide_by`, then
    `mean` is subtracted and `std` divided out per channel; `layout` says where the channel is.
    """

    name: str
    shape: list[int]
    dtype: str = "float32"
    layout: str = "NCHW"
    divide_by: float = 1.0
    mean: list[float] = field(default_factory=list)
    std: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Usage:
    """How a revision is fed and read (UsageSpec)."""

    inputs: list[InputSpec]
    labels: list[str] = field(default_factory=list)
    output: str = "logits"


@dataclass(frozen=True)
class Sampling:
    """How long to measure: fresh launches, warm-up, then samples until narrow or out of budget.

    `interval` is the wanted half-width of the 95 % interval of the median, relative to the median.
    """

    launches: int = 3
    warmup_runs: int = 10
    min_samples: int = 30
    max_samples: int = 2000
    budget_s: float = 5.0
    interval: float = 0.02


@dataclass(frozen=True)
class BenchmarkSpec:
    """Measure one artifact with one engine; the safetensors file `samples` has that tensor."""

    artifact: ArtifactRef
    engine: Engine
    usage: Usage
    threads: int = 1
    samples: FileRef | None = None
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True)
class Launch:
    """One fresh process: what loading cost, and every sample in the order taken.

    Memory is the resident set in bytes: after the engine's import, and at its peak.
    `cpu_share` is processor time over wall time while sampling: 1.0 is one core kept busy.
    """

    load_ms: float
    import_rss_bytes: int
    peak_rss_bytes: int
    samples_ms: list[float]
    cpu_share: float


@dataclass(frozen=True)
class Conditions:
    """What surrounded the samples; what a machine does not tell stays None, never guessed."""

    engine_version: str
    runner_version: str
    threads: int
    affinity: list[int]
    load_average: float | None
    governor: str | None
    frequency_mhz: float | None
    temperature_c: float | None
    power_source: str | None
    inputs_sha256: str


@dataclass(frozen=True)
class BenchmarkResult:
    launches: list[Launch]
    conditions: Conditions
