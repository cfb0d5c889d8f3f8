"""What a caller asks of the sandbox, and what it gets back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict

from portal.core.sandbox.limits import Level, Limits

Exceeded = Literal["", "memory", "cpu", "file_size", "disk"]


class SandboxBroken(RuntimeError):
    """The fence could not be put up, so the command was not started."""


class Options(TypedDict, total=False):
    """See the fields of the same names in Task."""

    readable: Sequence[Path]
    writable: Sequence[Path]
    limits: Limits
    cwd: Path | None
    env: Mapping[str, str]
    on_line: Callable[[str], object] | None
    cancelled: Callable[[], str] | None
    level: Level | None
    worst: Level
    grace_s: float


@dataclass(frozen=True)
class Task:
    """A command and the little it is given."""

    argv: Sequence[str]
    readable: Sequence[Path] = ()
    writable: Sequence[Path] = ()
    """Folders in which the child may make files; what lies in them already is not its to change."""
    limits: Limits = field(default_factory=Limits)
    cwd: Path | None = None
    """None: an empty folder, gone after the run, which is HOME and TMPDIR too."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the child's environment, which inherits nothing."""
    on_line: Callable[[str], object] | None = None
    """Called with each line of standard output as it comes, in the caller's thread."""
    cancelled: Callable[[], str] | None = None
    """Asked twice a second: `graceful` asks the child to end, `abort` kills it, else it runs on."""
    level: Level | None = None
    """None: the best level there is."""
    worst: Level = Level.RLIMITS
    grace_s: float = 10
    """How long a child that was asked to end may take for it."""


@dataclass(frozen=True)
class Completed:
    """How a child ended. A negative return code is the signal that killed it."""

    returncode: int
    stdout_tail: str
    stderr_tail: str
    timed_out: bool
    killed_by_limit: Exceeded
    """Which limit ended it, empty for none. `memory` is also read from a child's last words."""
    cancelled: bool
