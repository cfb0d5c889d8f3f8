"""How much a sandboxed child may use, and how well it may be fenced."""

import os
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How well a child is fenced; a smaller number is a better fence.

    BUBBLEWRAP: namespaces of its own, in which only what was given exists, and a filter of system
    calls. LANDLOCK: files by allow-list and the same filter, so no sockets and no other process.
    RLIMITS: only the limits of memory, processor, files, processes and time.
    """

    BUBBLEWRAP = 1
    LANDLOCK = 2
    RLIMITS = 3


@dataclass(frozen=True)
class Limits:
    """What a child may use. Memory, processor time and open files are counted per process.

    `disk_bytes` bounds what stands in all writable folders together; it is looked at a few times
    a second, so a fast writer may pass it by what it writes in between.
    """

    memory_bytes: int = 4 * 2**30
    wall_s: float = 600
    cpu_s: int = 0
    """0: all cores for the whole `wall_s`."""
    file_bytes: int = 4 * 2**30
    disk_bytes: int = 16 * 2**30
    processes: int = 256
    """Processes and threads together."""
    open_files: int = 256

    @property
    def processor_s(self) -> int:
        return self.cpu_s or max(1, int(self.wall_s * (os.cpu_count() or 1)))
