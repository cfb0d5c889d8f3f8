"""The bodies of the calls of `/runner/v1`, in the order in which a runner makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ondol_runner.protocol.sentences import Sentence
from ondol_runner.protocol.work import BenchmarkResult, BenchmarkSpec

PROTOCOL = 2
"""The newest version spoken here; the server also speaks PROTOCOL - 1.

From 2 on the end of an attempt is signed.
"""

DIGEST_HEADER = "Ondol-Digest"
"""SHA-256 in hex of the part of a file that a call carries."""

SIGNATURE_HEADER = "Ondol-Signature"
"""Ed25519 in base64: over the body of a session's request as it was sent, over `said` of a finish.

Asked of a runner that gave a public key (32 bytes in base64) when it enrolled; the nonce within a
session's body is one that the server made for it just now. So a stolen token alone opens no session
and reports no result.
"""


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
class FileOffer:
    """A file that the attempt produced and wants to be kept with it."""

    epoch: int
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class FileReply:
    """How many bytes of a file the server holds."""

    size: int


@dataclass(frozen=True)
class FinishRequest:
    """How an attempt ended. `message` is a sentence for the job's owner, never a traceback.

    `files` names what was sent of the attempt's files: the end is refused with `files_incomplete`,
    or `log_incomplete`, until all of them and the log are there. Who leaves it out is not checked.
    `sentences` are those of the message by their names, for other languages; they are not signed.
    """

    epoch: int
    outcome: Outcome
    log_size: int
    reason: Reason | None = None
    message: str = ""
    result: BenchmarkResult | None = None
    files: list[str] | None = None
    sentences: list[Sentence] = field(default_factory=list)
