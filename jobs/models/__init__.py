from jobs.models.attempt import Attempt, AttemptFile, LogChunk
from jobs.models.benchmark import Benchmark, Evidence
from jobs.models.device import Device, DeviceProfile, Runner
from jobs.models.job import Job, JobEvent

__all__ = [
    "Attempt",
    "AttemptFile",
    "Benchmark",
    "Device",
    "DeviceProfile",
    "Evidence",
    "Job",
    "JobEvent",
    "LogChunk",
    "Runner",
]
