"""Writing the audit log, and proving that nobody rewrote it."""

import datetime as dt
import hashlib
import json

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


@transaction.atomic
def find_fault() -> str:
    """Return a sentence about the first place where the log was changed, or nothing."""
    head = AuditHead.objects.select_for_update().filter(pk=HEAD).first() or AuditHead()
    previous, count = "", 0
    for event in AuditEvent.objects.order_by("id").iterator():
        if event.digest != digest_of_event(previous, event):
            return f"Row {event.pk} ({event}) was changed, or a row before it was removed."
        previous, count = event.digest, count + 1
    if (head.digest, head.count) != (previous, count):
        return f"The log ends after {count} rows; {head.count} were written."
    return ""
