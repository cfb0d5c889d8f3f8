"""Telling what happened: to people in the portal, and to the webhooks of who it concerns."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.core.background import enqueue
from portal.core.ids import new_id
from portal.core.wakeups import wake
from portal.news.models import Delivery, Notice, Webhook
from portal.news.selectors.news import list_notices
from portal.news.types import Happening, Task


@transaction.atomic
def tell_webhooks(event: Happening, namespaces: Iterable[int], data: dict[str, Any]) -> None:
    """Write a message for each webhook of these names that asks for the event's topic.

    Call it in the transaction of what happened: then both are written, or neither.
    """
    topic = event.value.partition(".")[0]
    hooks = Webhook.objects.filter(namespace__in=set(namespaces), active=True)
    for hook in hooks:
        if topic in hook.topics:
            write_delivery(hook, event, data)


def write_delivery(hook: Webhook, event: Happening, data: dict[str, Any]) -> Delivery:
    now = timezone.now()
    payload = {"id": new_id(), "event": event.value, "at": now.isoformat(), "data": data}
    delivery = Delivery.objects.create(
        webhook=hook, event=event, payload=payload, created_at=now, next_at=now
    )
    enqueue(Task.DELIVER, delivery_id=delivery.pk)
    return delivery


def topic_of(user: User) -> str:
    """Name what wakes the streams of a person when their notices change."""
    return f"notices:{user.pk}"


def notify(user: User, event: Happening, data: dict[str, Any]) -> None:
    """Leave a notice for a person; call it in the transaction of what happened."""
    Notice.objects.create(user=user, event=event, data=data, created_at=timezone.now())
    wake(topic_of(user))


def mark_read(user: User, ids: list[int] | None) -> None:
    """Mark a person's notices as read: the named ones, or all."""
    notices = list_notices(user, unread=True)
    if ids is not None:
        notices = notices.filter(pk__in=ids)
    notices.order_by().update(read_at=timezone.now())
    wake(topic_of(user))
