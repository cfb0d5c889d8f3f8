"""Asking a sandboxed child what a file is."""

import json
from pathlib import Path
from typing import Any

from portal.core.sandbox.run import Level, Limits, python_argv, run
from repository.readers.finding import Code, Finding, Status, sentence
from repository.readers.formats import Format

LIMITS = Limits(
    memory_bytes=2**30,
    wall_s=20,
    cpu_s=20,
    file_bytes=2**20,
    disk_bytes=16 * 2**20,
    processes=32,
)


def inspect_file(path: Path, name: str, *, worst: Level = Level.RLIMITS) -> Finding:
    """Return what a file is by its content, under the name it was given.

    A reader that crashes or exceeds its limits makes a rejected file, never a fault of ours.
    Raises SandboxTooWeak where no sandbox as good as `worst` is to be had.
    """
    lines: list[str] = []
    completed = run(
        python_argv("repository.readers", str(path.resolve()), name.replace("\0", "")),
        readable=[path],
        limits=LIMITS,
        on_line=lines.append,
        worst=worst,
        grace_s=1,
    )
    if completed.returncode == 0 and not completed.timed_out and len(lines) == 1:
        try:
            return _decoded(json.loads(lines[0]))
        except (ValueError, LookupError, TypeError):
            pass
    text = "cannot be read safely. Export it again and upload it anew."
    return Finding(Status.REJECTED, Code.UNREADABLE, sentence(name, text), Format.UNKNOWN)


def _decoded(said: dict[str, Any]) -> Finding:
    """Check what the child said: it has read hostile bytes, so its word is data like any other."""
    facts = said["facts"]
    if not isinstance(facts, dict) or not isinstance(said["message"], str):
        raise TypeError
    code = said["code"]
    return Finding(
        Status(said["status"]),
        Code(code) if code else "",
        said["message"][:500],
        Format(said["format"]),
        facts,
    )
