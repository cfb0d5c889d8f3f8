"""Writing the audit log."""

from portal.accounts.models import AuditEvent, User


def record(
    actor: User | None, action: str, target: str = "", *, allowed: bool = True, **details: str | int
) -> None:
    """Add one row, in the transaction of the act it tells of."""
    AuditEvent.objects.create(
        actor=actor, action=action, target=target, allowed=allowed, details=details
    )
