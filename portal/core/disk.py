"""A disk without room: only an administrator can cure it, and people can tell them."""

import errno
import logging

from django.db import OperationalError

from portal.core.errors import Full

logger = logging.getLogger(__name__)
ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
SENTENCES = ("database or disk is full", "No space left on device")
"""How SQLite and PostgreSQL say it; the driver gives neither a class that Django would keep."""


class NoSpace(Full):
    code = "no_space"


def is_disk_full(fault: Exception) -> bool:
    if isinstance(fault, OperationalError):
        return any(text in str(fault) for text in SENTENCES)
    return isinstance(fault, OSError) and fault.errno in ERRNOS


def no_space(fault: Exception) -> NoSpace | None:
    """Return the refusal that a fault stands for where the disk is full."""
    if not is_disk_full(fault):
        return None
    logger.error("the disk is full", exc_info=fault)
    return NoSpace("The server's disk is full. Tell its administrator, then send again.")
