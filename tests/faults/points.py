"""Every point at which a process is made to fail, and the ways it fails."""

from itertools import product

from jobs.types import AttemptState, JobState
from repository.types import UploadState

FAILURES = ("error", "kill", "hang")
OF_JOBS = [f"job.{state}" for state in JobState] + [f"attempt.{state}" for state in AttemptState]
OF_OUTBOX = ["outbox.written", "outbox.sent", "outbox.done"]
OF_FILES = ["file.part", "file.whole"]
OF_UPLOADS = [f"upload.{state}" for state in UploadState] + ["upload.blob"]
POINTS = list(product(("before", "after"), [*OF_JOBS, *OF_OUTBOX, *OF_FILES, *OF_UPLOADS]))
