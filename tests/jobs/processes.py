"""Who started whom on this machine, as the kernel tells it."""

from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return every living process that a process has started, at any remove."""
    started: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            started.setdefault(int(parent), []).append(int(entry.parent.name))
    found = list(started.get(pid, []))
    for child in found:
        found += started.get(child, [])
    return found


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
