"""Writing the audit log, and proving that nobody rewrote it."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import AuditEvent, AuditHead, User

HEAD = 1


@transaction.atomic
def record(
    actor: User | None, action: str, target: str = "", *, allowed: bool = True, **details: str | int
) -> None:
    """Add one row, in the transaction of the act it tells of."""
    AuditHead.objects.get_or_create(pk=HEAD)
    # Two writers at once would continue the same row: the second one waits here.
    head = AuditHead.objects.select_for_update().get(pk=HEAD)
    event = AuditEvent(
        at=timezone.now(),
        actor=actor,
        action=action,
        target=target,
        allowed=allowed,
        details=details,
    )
    event.digest = digest_of_event(head.digest, event)
    event.save(force_insert=True)
    AuditHead.objects.filter(pk=HEAD).update(count=head.count + 1, digest=event.digest)


def digest_of_event(previous: str, event: AuditEvent) -> str:
    """Return the SHA-256 over a row and the digest of the row before it."""
    told = [
        previous,
        event.at.astimezone(dt.UTC).isoformat(),
        event.actor_id,
        event.action,
        event.target,
        event.allowed,
        event.details,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class ChainState:
    """What a look at the chain found: `fault` names the first row that does not fit."""

    rows: int
    checked: int
    fault: str


def check_chain(newest: int | None = None) -> ChainState:
    """Check the whole log, or only its newest rows; writers are not kept waiting."""
    # Rows that come in meanwhile lie behind this end, and are the next look's.
    head = AuditHead.objects.filter(pk=HEAD).first() or AuditHead()
    previous, skipped = _start(head, newest)
    checked = 0
    for event in AuditEvent.objects.order_by("id")[skipped : head.count].iterator():
        if event.digest != digest_of_event(previous, event):
            fault = f"Row {event.pk} ({event}) was changed, or a row before it was removed."
            return ChainState(head.count, checked, fault)
        previous, checked = event.digest, checked + 1
    return ChainState(head.count, checked, _end_fault(head, previous, skipped + checked))


def _start(head: AuditHead, newest: int | None) -> tuple[str, int]:
    """Return the digest before the first row to check, and how many rows come before it."""
    skipped = max(0, head.count - newest) if newest is not None else 0
    before = AuditEvent.objects.order_by("id")[skipped - 1 : skipped] if skipped else ()
    return next((row.digest for row in before), ""), skipped


def _end_fault(head: AuditHead, digest: str, count: int) -> str:
    if (head.digest, head.count) != (digest, count):
        return f"The log ends after {count} rows; {head.count} were written."
    written = AuditHead.objects.filter(pk=HEAD).values_list("count", flat=True).first() or 0
    there = AuditEvent.objects.count()
    # A row is counted in the transaction that writes it, and this looks at the count first.
    if there > written and AuditHead.objects.filter(pk=HEAD, count=written).exists():
        return f"The log holds {there} rows; {written} were written."
    return ""
