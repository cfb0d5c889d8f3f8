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
    """What a look at the chain found: `fault` names the first row that does not fit.

    `skipped` rows lie before the ones looked at, and `rows` are in the whole log, whose last
    row has the digest `digest`.
    """

    rows: int
    skipped: int
    checked: int
    fault: str
    digest: str = ""


def check_chain(newest: int | None = None) -> ChainState:
    """Check the whole log, or only its newest rows; writers are not kept waiting."""
    # Rows that come in meanwhile lie behind this end, and are the next look's.
    head = _head()
    skipped = max(0, head.count - newest) if newest is not None else 0
    return _check(head, skipped, head.count)


def check_piece(skipped: int, most: int) -> ChainState:
    """Check as many rows as somebody waits for, from one on; pieces in a row check the whole."""
    head = _head()
    skipped = min(skipped, head.count)
    return _check(head, skipped, min(head.count, skipped + most))


def _head() -> AuditHead:
    return AuditHead.objects.filter(pk=HEAD).first() or AuditHead()


def _check(head: AuditHead, skipped: int, end: int) -> ChainState:
    """Check the rows up to an end; at the end of the log also that none is missing behind it."""
    before = AuditEvent.objects.order_by("id")[skipped - 1 : skipped] if skipped else ()
    previous = next((row.digest for row in before), "")
    checked, fault = 0, ""
    for event in AuditEvent.objects.order_by("id")[skipped:end].iterator():
        if event.digest != digest_of_event(previous, event):
            fault = f"Row {event.pk} ({event}) was changed, or a row before it was removed."
            break
        previous, checked = event.digest, checked + 1
    if not fault and (end == head.count or skipped + checked < end):
        fault = _end_fault(head, previous, skipped + checked)
    return ChainState(head.count, skipped, checked, fault, head.digest)


def _end_fault(head: AuditHead, digest: str, count: int) -> str:
    if (head.digest, head.count) != (digest, count):
        return f"The log ends after {count} rows; {head.count} were written."
    written = AuditHead.objects.filter(pk=HEAD).values_list("count", flat=True).first() or 0
    there = AuditEvent.objects.count()
    # A row is counted in the transaction that writes it, and this looks at the count first.
    if there > written and AuditHead.objects.filter(pk=HEAD, count=written).exists():
        return f"The log holds {there} rows; {written} were written."
    return ""
