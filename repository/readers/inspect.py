"""Asking a sandboxed child what a file is."""

import json
from collections.abc import Sequence
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


BATCH = 250


def inspect_file(path: Path, name: str, *, worst: Level = Level.RLIMITS) -> Finding:
    """Return what a file is by its content, under the name it was given.

    A reader that crashes or exceeds its limits makes a rejected file, never a fault of ours.
    Raises SandboxTooWeak where no sandbox as good as `worst` is to be had.
    """
    return inspect_files([(path, name)], worst=worst)[0]


def inspect_files(
    files: Sequence[tuple[Path, str]], *, worst: Level = Level.RLIMITS
) -> list[Finding]:
    """Return what each of many files is; a child looks at a batch, for starting one takes longer.

    A child that ends early is followed by another that begins where it stood; a file at which
    even a fresh child ends is rejected.
    """
    findings: list[Finding] = []
    while len(findings) < len(files):
        batch = files[len(findings) : len(findings) + BATCH]
        findings += _ask_child(batch, worst) or [_unreadable(batch[0][1])]
    return findings


def _ask_child(batch: Sequence[tuple[Path, str]], worst: Level) -> list[Finding]:
    """Return what a child found before it ended, which may be of fewer files than it was given."""
    lines: list[str] = []
    pairs = [(str(path.resolve()), name.replace("\0", "")) for path, name in batch]
    run(
        python_argv("repository.readers", *(word for pair in pairs for word in pair)),
        readable=[path for path, _ in batch],
        limits=LIMITS,
        on_line=lines.append,
        worst=worst,
        grace_s=1,
    )
    findings: list[Finding] = []
    for line in lines[: len(batch)]:
        try:
            findings.append(_decoded(json.loads(line)))
        except (ValueError, LookupError, TypeError):
            break
    return findings


def _unreadable(name: str) -> Finding:
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
