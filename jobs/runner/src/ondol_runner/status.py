"""The small file that says how far an attempt is: written by who works, read by who reports."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ondol_runner import protocol

REPORT = "report"
"""The last step: the end is being told."""


@dataclass(frozen=True)
class Status:
    """The step of an attempt, the part of it that is done (0 to 1), and words for people."""

    step: str
    fraction: float
    text: str


@dataclass(frozen=True)
class StatusFile:
    path: Path

    def write(self, step: str, fraction: float, text: str) -> None:
        """Replace the status at once; a reader sees the old one or the new one."""
        scratch = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        scratch.write_text(json.dumps(asdict(Status(step, fraction, text))), encoding="utf-8")
        scratch.replace(self.path)

    def read(self) -> Status:
        """Return the status, or an empty one before the first is written."""
        try:
            return protocol.decode(Status, json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError):
            return Status(step="", fraction=0.0, text="")

    def changed_at_ns(self) -> int:
        """Return a number that differs after every write."""
        try:
            return self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
