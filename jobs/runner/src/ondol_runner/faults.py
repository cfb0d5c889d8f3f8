"""What can go wrong in a way that somebody is told about."""

from __future__ import annotations

from dataclasses import dataclass

from ondol_runner.protocol import Reason

MESSAGE_LIMIT = 300


class Trouble(Exception):
    """Something the person at the command line can put right; one sentence, printed as it is."""


class Dismissed(Trouble):
    """The server wants this runner no more; only a person can help, so it must not come back."""


class Fault(Exception):
    """Why an attempt failed: a reason of the closed list and a sentence for the job's owner."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class FaultReport:
    """A Fault on its way from a child process to the one that started it."""

    reason: Reason
    message: str


def told_by(error: BaseException, *, hide: str = "", last: bool = False) -> str:
    """Shorten what an engine said to its first or last line, without the folder `hide`."""
    text = str(error).replace(f"{hide}/", "") if hide else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1 if last else 0] if lines else type(error).__name__)[:MESSAGE_LIMIT]
