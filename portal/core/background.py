"""Background work: `enqueue` writes a row, the relay tells a worker, the worker removes the row."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from celery.signals import worker_init
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.core.celery_app import app
from portal.core.crash import saving
from portal.core.models import OutboxMessage
from portal.core.quick_redis import quick_redis

logger = logging.getLogger(__name__)
GIVE_UP_AFTER = 8
LONGEST_WAIT_S = 600
"""What failed all night, as an index that was read-only, is done soon after it can be again."""
Work = Callable[..., None]


def enqueue(task: str, **arguments: int | str) -> None:
    """Ask for background work, from inside the transaction that makes it necessary.

    The same work asked for twice before it ran is one row: tasks read the present, so one run does.
    """
    with saving("outbox.written"):
        row, made = OutboxMessage.objects.get_or_create(
            task=task, arguments=arguments, defaults={"send_at": timezone.now()}
        )
    if not made:
        # A run that began before our change may have read the past: let it be sent once more.
        OutboxMessage.objects.filter(pk=row.pk).update(sends=F("sends") + 1)
    transaction.on_commit(lambda: _send(row.pk))


def is_pending(task: str) -> bool:
    """Say whether any work of this kind is still to be done."""
    return bool(pending(task, most=1))


def pending(task: str, *, most: int) -> int:
    """Count the work of this kind that is still to be done, up to `most`."""
    return OutboxMessage.objects.filter(task=task)[:most].count()


def relay(limit: int = 200) -> int:
    """Send what is due and was not done yet; return how many messages left."""
    due = OutboxMessage.objects.filter(send_at__lte=timezone.now()).order_by("send_at", "id")
    return sum(_send(pk) for pk in due.values_list("pk", flat=True)[:limit])


def _send(pk: int) -> bool:
    later = timezone.now() + dt.timedelta(seconds=settings.ENV.resend_after_s)
    row = OutboxMessage.objects.filter(pk=pk).first()
    if row is None:
        return False
    with saving("outbox.sent"):
        OutboxMessage.objects.filter(pk=pk).update(sends=F("sends") + 1, send_at=later)
    # Celery asks a Redis that is away again and again, for seconds: ask ourselves first.
    if not quick_redis().call(lambda client: client.ping()):
        return False
    try:
        app.send_task(row.task, kwargs={"message_id": pk}, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("message %s waits, the broker does not answer: %s", pk, error)
        return False
    return True


def at_start_of_worker(work: Callable[[], object]) -> None:
    """Have every worker do this before its first task."""
    worker_init.connect(lambda **_: work(), weak=False)


def background(name: str) -> Callable[[Work], Any]:
    """Make a function the task `name`: run it with the row's arguments, then remove the row.

    Running twice must be harmless. A fault is logged and tried again, at growing intervals.
    """

    def wrap(work: Work) -> Any:
        @app.task(name=name)  # type: ignore[untyped-decorator]
        def run(*, message_id: object = None, **_: object) -> None:
            # Whoever reaches the broker can write a message: the row says what is to be done.
            if not isinstance(message_id, int) or abs(message_id) >= 2**63:
                return
            row = OutboxMessage.objects.filter(pk=message_id, task=name).first()
            if row is None:
                return
            try:
                work(**row.arguments)
            except Exception as error:
                logger.exception("%s failed", row)
                _postpone(row, error)
                return
            # `sends` moved: somebody asked again while we worked, so the row stays for another run.
            with saving("outbox.done"):
                OutboxMessage.objects.filter(pk=row.pk, sends=row.sends).delete()

        return run

    return wrap


def _postpone(row: OutboxMessage, error: Exception) -> None:
    failures = row.failures + 1
    if failures >= GIVE_UP_AFTER:
        logger.error("%s has failed %s times", row, failures)
    wait = min(settings.ENV.resend_after_s * 2**failures, LONGEST_WAIT_S)
    OutboxMessage.objects.filter(pk=row.pk).update(
        failures=failures,
        error=f"{type(error).__name__}: {error}"[:500],
        send_at=timezone.now() + dt.timedelta(seconds=wait),
    )
