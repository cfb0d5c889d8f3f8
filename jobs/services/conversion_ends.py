"""Why the child of a conversion did not finish: cancelled, refused, out of its limits, crashed."""

from typing import Any

from django.conf import settings
from ondol_runner.protocol import Sentence, decode, sentence

from jobs.services.checks import CheckFailed
from jobs.services.keeper import Stopped
from jobs.types import FailureReason
from portal.core.sandbox.run import Completed

LIMIT_WORDS = {
    "memory": (
        FailureReason.OUT_OF_MEMORY,
        sentence("conversion_memory", "The conversion needed more memory than it may have."),
    ),
    "cpu": (
        FailureReason.TIMEOUT,
        sentence("conversion_cpu", "The conversion needed more processor time than it may have."),
    ),
    "file_size": (
        FailureReason.OUT_OF_DISK,
        sentence("conversion_file_size", "The conversion wrote a larger file than it may."),
    ),
    "disk": (
        FailureReason.OUT_OF_DISK,
        sentence("conversion_disk", "The conversion wrote more to the disk than it may."),
    ),
}


def why_unfinished(completed: Completed, last: dict[str, Any]) -> Exception:
    """Return what to raise for a child that ended with these last words."""
    if completed.cancelled:
        return Stopped()
    if last.get("kind") == "refused":
        told = [decode(Sentence, one) for one in last["sentences"]]
        return CheckFailed(str(last["code"]), *told)
    if completed.timed_out:
        too_long = sentence(
            "conversion_timeout",
            "The conversion took longer than {minutes} minutes and was stopped.",
            minutes=round(settings.ENV.conversion_limit_s / 60),
        )
        return CheckFailed(FailureReason.TIMEOUT, too_long)
    if completed.killed_by_limit:
        return CheckFailed(*LIMIT_WORDS[completed.killed_by_limit])
    crashed = sentence(
        "converter_crashed",
        "The converter crashed. Its last words: {why}",
        why=completed.stderr_tail.strip().rpartition("\n")[2],
    )
    return CheckFailed(FailureReason.CRASHED, crashed)
