"""What server and runner say to each other: `/runner/v1`, as plain frozen dataclasses.

The only module the server imports from this distribution. It grows, and never changes the meaning
of a field. Unknown fields are ignored, so that version N talks to N-1. Durations are relative:
clocks of the two sides are never compared.

    POST  enroll                  EnrollRequest    -> EnrollReply      with a one-time code
    POST  challenge                                -> Challenge        runner token
    POST  session                 SessionRequest   -> SessionReply     runner token, Ondol-Signature
    POST  claim                   ClaimRequest     -> Grant | 204      runner token, held for wait_s
    POST  attempts/{id}/accept    AttemptCall      -> 204              attempt token from here on
    POST  attempts/{id}/refuse    RefuseRequest    -> 204
    POST  attempts/{id}/heartbeat HeartbeatRequest -> HeartbeatReply
    PATCH attempts/{id}/log       bytes            -> LogReply         Content-Range: bytes A-B/*
    POST  attempts/{id}/finish    FinishRequest    -> 204              Idempotency-Key
    GET   /api/v1/blobs/{sha256}                   -> bytes            the grant's own files only

A log that does not continue where it ends is answered 416, with a LogReply that says where.

Refusals are `{code, message, details}`. 409 with code `fenced` means that the job was given to
somebody else: stop the child, delete its scratch, report nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, TypeVar

import dacite

PROTOCOL = 1
"""The newest version spoken here; the server also speaks PROTOCOL - 1."""

SIGNATURE_HEADER = "Ondol-Signature"
"""Ed25519 over the body of a session's request as it was sent, in base64.

Asked of a runner that gave a public key (32 bytes in base64) when it enrolled; the nonce within the
body is one that the server made for it just now. So a stolen token alone opens no session.
"""

T = TypeVar("T")


class ProtocolError(ValueError):
    """A message that does not have the agreed shape; the sentence names the field."""


class Engine(str, Enum):
    """What executes an artifact on a device."""

    PYTORCH = "pytorch"
    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"


class Cancel(str, Enum):
    """How urgently an attempt has to end: after SIGTERM, or by killing its process group."""

    NONE = "none"
    GRACEFUL = "graceful"
    ABORT = "abort"


class Outcome(str, Enum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Reason(str, Enum):
    """Why an attempt failed; a closed list, `unknown` where none fits."""

    ENGINE_MISSING = "engine_missing"
    LOAD_FAILED = "load_failed"
    RUN_FAILED = "run_failed"
    WRONG_INPUT = "wrong_input"
    DOWNLOAD_FAILED = "download_failed"
    DIGEST_MISMATCH = "digest_mismatch"
    OUT_OF_MEMORY = "out_of_memory"
    OUT_OF_DISK = "out_of_disk"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class EngineInfo:
    engine: str
    version: str


@dataclass(frozen=True)
class Passport:
    """What a device says it is. Claims, shown as such until a measurement bears them out."""

    cpu: str = ""
    architecture: str = ""
    cores: int = 0
    ram_bytes: int = 0
    storage_bytes: int = 0
    storage_free_bytes: int = 0
    os: str = ""
    accelerators: list[str] = field(default_factory=list)
    engines: list[EngineInfo] = field(default_factory=list)
    sensors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DeviceReport:
    """One device behind a runner; its name is unique within the runner."""

    name: str
    passport: Passport


@dataclass(frozen=True)
class EnrollRequest:
    code: str
    name: str
    runner_version: str
    protocol: int = PROTOCOL
    public_key: str = ""


@dataclass(frozen=True)
class EnrollReply:
    runner_id: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class OpenAttempt:
    attempt_id: str
    epoch: int


@dataclass(frozen=True)
class Challenge:
    """What a runner puts into its next SessionRequest; it is good for a minute, for that runner."""

    nonce: str


@dataclass(frozen=True)
class SessionRequest:
    boot_id: str
    runner_version: str
    devices: list[DeviceReport]
    protocol: int = PROTOCOL
    open_attempts: list[OpenAttempt] = field(default_factory=list)
    nonce: str = ""


@dataclass(frozen=True)
class SessionReply:
    """A newer session replaces the older one; attempts in `kill` are not the runner's any more."""

    session_id: str
    keep: list[str]
    kill: list[str]
    claim_wait_s: float
    heartbeat_s: float
    offline_grace_s: float


@dataclass(frozen=True)
class ClaimRequest:
    session_id: str
    free: list[str]
    wait_s: float


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
class Grant:
    """One attempt of a job, for one device of this runner; its token opens only this attempt."""

    attempt_id: str
    epoch: int
    token: str = field(repr=False)
    job_id: int
    device: str
    accept_within_s: float
    lease_s: float
    kind: str
    spec: BenchmarkSpec


@dataclass(frozen=True)
class AttemptCall:
    epoch: int


@dataclass(frozen=True)
class RefuseRequest:
    epoch: int
    reason: Reason
    message: str


@dataclass(frozen=True)
class HeartbeatRequest:
    epoch: int
    step: str
    fraction: float
    text: str
    log_size: int


@dataclass(frozen=True)
class HeartbeatReply:
    lease_s: float
    next_s: float
    cancel: Cancel


@dataclass(frozen=True)
class LogReply:
    size: int


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


@dataclass(frozen=True)
class FinishRequest:
    """How an attempt ended. `message` is a sentence for the job's owner, never a traceback."""

    epoch: int
    outcome: Outcome
    log_size: int
    reason: Reason | None = None
    message: str = ""
    result: BenchmarkResult | None = None


def encode(message: object) -> dict[str, Any]:
    """Turn a message into what `json.dumps` takes."""
    return asdict(message)  # type: ignore[call-overload, no-any-return]


def decode(kind: type[T], data: object) -> T:
    """Read a message, ignoring unknown fields; raise ProtocolError naming the wrong one."""
    if not isinstance(data, dict):
        raise ProtocolError(f"{kind.__name__}: a JSON object is expected.")
    try:
        return dacite.from_dict(
            kind, data, config=dacite.Config(cast=[Enum], type_hooks={float: float})
        )
    except (dacite.DaciteError, TypeError, ValueError) as error:
        raise ProtocolError(f"{kind.__name__}: {error}") from error
