"""A database that does not answer: the same call may work in a moment."""

import logging

from django.db import OperationalError

from portal.core.errors import NotNow

logger = logging.getLogger(__name__)
RETRY_AFTER_S = 5
CLASS = "08"
"""PostgreSQL: the connection broke."""
SQLSTATES = frozenset({"53300", "57P01", "57P02", "57P03"})
"""The same: too many connections, it shuts down, it crashed, it starts."""
SENTENCES = ("database is locked", "unable to open database file")
"""What SQLite says of a writer that holds it too long, and of a folder that is gone."""


class DatabaseAway(NotNow):
    code = "database_away"


def is_away(fault: Exception) -> bool:
    if not isinstance(fault, OperationalError):
        return False
    # psycopg's state is None where the server said nothing, or its pool waited in vain.
    state = getattr(fault.__cause__, "sqlstate", "")
    known = state is None or state.startswith(CLASS) or state in SQLSTATES
    return known or str(fault).startswith(SENTENCES)


def database_away(fault: Exception) -> DatabaseAway | None:
    """Return the refusal that a fault stands for where the database could not be asked."""
    if not is_away(fault):
        return None
    logger.error("the database does not answer", exc_info=fault)
    sentence = "The server's database does not answer. Try again in a moment."
    return DatabaseAway(sentence, retry_after_s=RETRY_AFTER_S)
