"""Reading notices and webhooks: everybody sees their own, owners those of their team."""

from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.core.errors import NotFound
from portal.news.models import Delivery, Notice, Webhook


class NoSuchWebhook(NotFound):
    code = "no_such_webhook"


class NoSuchDelivery(NotFound):
    code = "no_such_delivery"


def list_notices(user: User, *, unread: bool = False) -> QuerySet[Notice]:
    notices = Notice.objects.filter(user=user)
    return (notices.filter(read_at=None) if unread else notices).order_by("-id")


def count_unread(user: User) -> int:
    return list_notices(user, unread=True).count()


def list_webhooks(user: User) -> QuerySet[Webhook]:
    own = Q(namespace__user=user)
    led = Q(namespace__team__memberships__user=user, namespace__team__memberships__is_owner=True)
    rows = Webhook.objects.filter(own | led).select_related("namespace", "created_by")
    return rows.order_by("created_at", "id").distinct()


def get_webhook(user: User, webhook_id: str) -> Webhook:
    webhook = list_webhooks(user).filter(pk=webhook_id).first()
    if webhook is None:
        raise NoSuchWebhook("There is no such webhook of yours, or of a team that you own.")
    return webhook


def get_delivery(webhook: Webhook, delivery_id: int) -> Delivery:
    delivery = webhook.deliveries.filter(pk=delivery_id).first()
    if delivery is None:
        raise NoSuchDelivery("There is no such delivery of this webhook.")
    return delivery
