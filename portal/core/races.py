"""Two changes of one thing at a time: the database lets one of them win, and the other is told."""

import logging

from django.db import DatabaseError

from portal.core.errors import Conflict

logger = logging.getLogger(__name__)
SQLSTATES = frozenset({"23503", "23505", "40001", "40P01"})
"""PostgreSQL: what is pointed at is gone, the name is there already, a knot of locks was cut."""
SENTENCES = ("UNIQUE constraint failed", "FOREIGN KEY constraint failed")
"""The same of SQLite, which has no numbers for it."""


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"


def is_race(fault: Exception) -> bool:
    """Tell whether a constraint refused what a look at the rows had just allowed."""
    if not isinstance(fault, DatabaseError):
        return False
    state = getattr(fault.__cause__, "sqlstate", None)
    return state in SQLSTATES or str(fault).startswith(SENTENCES)


def lost_race(fault: Exception) -> ChangedMeanwhile | None:
    """Return the refusal that a fault stands for where it is a lost race."""
    if not is_race(fault):
        return None
    logger.warning("a change met another of the same thing", exc_info=fault)
    return ChangedMeanwhile(
        "The same thing was changed at the same moment. Look at it again, then send once more."
    )
