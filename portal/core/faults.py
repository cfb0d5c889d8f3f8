"""Faults of the machine and of the moment: what people can be told a cure for is a refusal."""

from portal.core.away import database_away
from portal.core.disk import no_space
from portal.core.errors import Refusal
from portal.core.races import lost_race


def told(fault: Exception) -> Refusal | None:
    """Return the refusal that a fault stands for; nothing for a fault that only a log explains."""
    if isinstance(fault, Refusal):
        return fault
    return lost_race(fault) or no_space(fault) or database_away(fault)
