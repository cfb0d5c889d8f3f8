"""Words of the jobs package: states, the moves between them, reasons, task names."""

from enum import StrEnum

from django.db import models


class Task(StrEnum):
    RUN_CONVERSION = "jobs.run_conversion"
    FINALIZE_BENCHMARK = "jobs.finalize_benchmark"


class JobKind(models.TextChoices):
    CONVERT = "convert"
    BENCHMARK = "benchmark"


class Urgency(models.TextChoices):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


PRIORITIES: dict[Urgency, int] = {Urgency.LOW: -1, Urgency.NORMAL: 0, Urgency.HIGH: 1}


class JobState(models.TextChoices):
    QUEUED = "queued"
    ASSIGNED = "assigned"
    RUNNING = "running"
    FINALIZING = "finalizing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    QUARANTINED = "quarantined"


JOB_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset(
        {JobState.ASSIGNED, JobState.CANCELLED, JobState.EXPIRED, JobState.FAILED}
    ),
    JobState.ASSIGNED: frozenset(
        {JobState.RUNNING, JobState.QUEUED, JobState.CANCELLED, JobState.FAILED}
    ),
    JobState.RUNNING: frozenset(
        {
            JobState.FINALIZING,
            JobState.QUEUED,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.QUARANTINED,
        }
    ),
    JobState.FINALIZING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.EXPIRED: frozenset(),
    JobState.QUARANTINED: frozenset(),
}
"""Every move a job may make; back to `queued` only when an attempt was lost or handed back."""

ENDED = frozenset(state for state, targets in JOB_MOVES.items() if not targets)
OPEN = frozenset(JOB_MOVES) - ENDED
AT_WORK = (JobState.ASSIGNED, JobState.RUNNING)


class AttemptState(models.TextChoices):
    OFFERED = "offered"
    RUNNING = "running"
    CLOSED = "closed"
    REFUSED = "refused"
    LOST = "lost"


ATTEMPT_MOVES: dict[AttemptState, frozenset[AttemptState]] = {
    AttemptState.OFFERED: frozenset(
        {AttemptState.RUNNING, AttemptState.REFUSED, AttemptState.LOST, AttemptState.CLOSED}
    ),
    AttemptState.RUNNING: frozenset({AttemptState.CLOSED, AttemptState.LOST}),
    AttemptState.CLOSED: frozenset(),
    AttemptState.REFUSED: frozenset(),
    AttemptState.LOST: frozenset(),
}
OPEN_ATTEMPT = (AttemptState.OFFERED, AttemptState.RUNNING)


class CancelWish(models.TextChoices):
    NONE = "none"
    GRACEFUL = "graceful"
    ABORT = "abort"


class FailureReason(models.TextChoices):
    """Why a job ended without its result: a closed list, which the portal words and advises on."""

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
    UNSUPPORTED_OPERATOR = "unsupported_operator"
    WRONG_INPUT_SHAPE = "wrong_input_shape"
    UNKNOWN_ARCHITECTURE = "unknown_architecture"
    WEIGHTS_DO_NOT_FIT = "weights_do_not_fit"
    CALIBRATION_MISSING = "calibration_missing"
    TOOL_FAILED = "tool_failed"
    NO_DEVICE = "no_device"
    WORKER_LOST = "worker_lost"
    BAD_RESULT = "bad_result"
    UNKNOWN = "unknown"


class FixKind(models.TextChoices):
    """The one thing that a repeat of a failed job has otherwise; nothing, if it is the same."""

    AGAIN = "again"
    ENGINE = "engine"
    DEVICE = "device"
    TARGET = "target"
    ARTIFACT = "artifact"


class WaitCode(models.TextChoices):
    """What a queued job waits for besides its turn."""

    NO_DEVICE = "no_device"
    DEVICE_PAUSED = "device_paused"
    DEVICE_OFFLINE = "device_offline"
    DEVICE_RESERVED = "device_reserved"
    NOT_ALLOWED = "not_allowed"


class Verdict(models.TextChoices):
    COMPARABLE = "comparable"
    NOISY = "noisy"
    FAILED = "failed"


class RunnerState(models.TextChoices):
    WAITING = "waiting"
    CONNECTED = "connected"
    REVOKED = "revoked"


class DeviceAccess(models.TextChoices):
    """Who may run jobs on a device, besides its owner and those who keep the devices."""

    OWNER = "owner"
    TEAM = "team"
    EVERYONE = "everyone"
