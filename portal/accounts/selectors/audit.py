"""Reading the audit log, for administrators alone."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from portal.accounts.models import AuditEvent, User
from portal.accounts.selectors.people import MayNot, is_admin
from portal.accounts.types import AuditOutcome


@dataclass(frozen=True)
class AuditFilter:
    """What a reader of the log wants to see; what is not given narrows nothing."""

    actor: str = ""
    action: str = ""
    """A whole action, `model.delete`, or its first word, `model`."""
    object: str = ""
    outcome: AuditOutcome | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def as_query(self) -> Q:
        """Return the condition by which the database finds the rows."""
        named: dict[str, Any] = {
            "actor__username": self.actor,
            "target__icontains": self.object,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        found = Q(**{field: value for field, value in named.items() if value})
        if self.outcome:
            found &= Q(allowed=self.outcome == AuditOutcome.ALLOWED)
        if self.action:
            found &= Q(action=self.action) | Q(action__startswith=f"{self.action}.")
        return found


def list_audit(user: User, narrowed: AuditFilter) -> QuerySet[AuditEvent]:
    """Return rows of the log with their actors, in no order, or refuse who is no administrator."""
    if not is_admin(user):
        raise MayNot("Only administrators read the audit log.")
    return AuditEvent.objects.filter(narrowed.as_query()).select_related("actor")


def list_actions(user: User) -> list[str]:
    """Return every action that the log holds."""
    rows = list_audit(user, AuditFilter()).order_by("action").values_list("action", flat=True)
    return list(rows.distinct())


def first_written() -> dt.datetime | None:
    """Return when the log began."""
    return AuditEvent.objects.order_by("id").values_list("at", flat=True).first()


def batches_of(rows: QuerySet[AuditEvent], size: int) -> Iterator[list[AuditEvent]]:
    """Read rows in the order of the log, by key: no query is held open in between."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
