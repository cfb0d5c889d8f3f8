"""A disk that runs full under a job: how a child ends of it, and what its owner is told."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from ondol_runner.faults import Fault
from ondol_runner.protocol import Reason, sentence

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ROOM = os.EX_IOERR
"""How a child ends whose report found no room either."""


def exit_code(work: Callable[[], int]) -> int:
    """Do a child's work and return how it ends."""
    try:
        return work()
    except OSError as error:
        if error.errno not in FULL:
            raise
        return NO_ROOM


def disk_fault(error: OSError) -> Fault:
    """Tell of a file that could not be written or read on this device."""
    if error.errno in FULL:
        return full_disk()
    said = sentence(
        "files_unkept", "The device could not keep its files: {why}.", why=error.strerror
    )
    return Fault(Reason.UNKNOWN, said)


def full_disk() -> Fault:
    return Fault(
        Reason.OUT_OF_DISK,
        sentence(
            "disk_full",
            "The device's disk ran full. Free some room there, or give the runner another folder "
            "(--home), then run the job again; `ondol-runner doctor` says how much there is.",
        ),
    )
