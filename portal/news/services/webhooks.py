"""Making and changing webhooks, and the secret that each signs with."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.accounts.models import Namespace, TeamMembership, User
from portal.accounts.selectors.people import get_namespace
from portal.accounts.services.audit import record
from portal.core.background import enqueue
from portal.core.errors import Conflict, Forbidden, invalid_field
from portal.news.addresses import Unreachable, find_target
from portal.news.models import Delivery, Webhook
from portal.news.types import DeliveryState, Task

MOST_WEBHOOKS = 20


class TooMany(Conflict):
    code = "too_many_webhooks"


class NotYourTeam(Forbidden):
    code = "not_your_team"


@transaction.atomic
def create_webhook(user: User, *, owner: str, url: str, topics: list[str]) -> tuple[Webhook, str]:
    """Make a webhook of a user's or team's, and return its secret, this once."""
    namespace = get_namespace(user, owner)
    _check_leads(user, namespace)
    _check_url(url)
    if namespace.webhooks.count() >= MOST_WEBHOOKS:
        raise TooMany(
            f"{owner} has {MOST_WEBHOOKS} webhooks already. Delete one of them first.",
            values={"owner": owner, "count": MOST_WEBHOOKS},
        )
    webhook = Webhook.objects.create(
        namespace=namespace, url=url, topics=sorted(set(topics)), created_by=user
    )
    record(user, "webhook.create", url, owner=owner)
    return webhook, secret_of(webhook)


def secret_of(webhook: Webhook) -> str:
    """Return what the messages to a webhook are signed with."""
    made = salted_hmac("ondol.webhook", f"{webhook.pk}:{webhook.salt}", algorithm="sha256")
    return f"whs_{made.hexdigest()}"


@transaction.atomic
def change_webhook(user: User, webhook: Webhook, changes: dict[str, Any]) -> Webhook:
    if "url" in changes:
        _check_url(changes["url"])
    if "topics" in changes:
        changes["topics"] = sorted(set(changes["topics"]))
    Webhook.objects.filter(pk=webhook.pk).update(**changes)
    webhook.refresh_from_db()
    record(user, "webhook.change", webhook.url, fields=", ".join(sorted(changes)))
    return webhook


@transaction.atomic
def delete_webhook(user: User, webhook: Webhook) -> None:
    record(user, "webhook.delete", webhook.url)
    webhook.delete()


@transaction.atomic
def redeliver(delivery: Delivery) -> Delivery:
    """Send a message again, with its old id, as often as a new one would be tried."""
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.WAITING, tries=0, next_at=timezone.now(), delivered_at=None, error=""
    )
    enqueue(Task.DELIVER, delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def _check_leads(user: User, namespace: Namespace) -> None:
    if namespace.team_id is None:
        return
    leads = TeamMembership.objects.filter(team=namespace.team_id, user=user, is_owner=True)
    if not leads.exists():
        raise NotYourTeam(f"Only owners of the team {namespace} make webhooks for it.")


def _check_url(url: str) -> None:
    try:
        find_target(url, private_allowed=settings.ENV.webhook_private)
    except Unreachable as error:
        raise invalid_field("url", str(error)) from error
