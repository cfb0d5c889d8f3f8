"""Sending messages to webhooks: signed, to a checked address, again with growing intervals."""

import datetime as dt
import hashlib
import hmac
import json
import logging
import time

import httpx
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from portal.core.background import enqueue
from portal.core.models import OutboxMessage
from portal.news.addresses import Unreachable, find_target
from portal.news.models import Delivery, Notice, Webhook
from portal.news.services.webhooks import secret_of
from portal.news.types import DeliveryState, Task

logger = logging.getLogger(__name__)
MOST_TRIES = 8
LONGEST_PAUSE = dt.timedelta(hours=6)
KEPT = dt.timedelta(days=30)
TIMEOUT_S = 10.0
HELD = dt.timedelta(seconds=60)
SIGNATURE = "Ondol-Webhook-Signature"


def deliver(delivery_id: int) -> None:
    """Try a message that is due, once; what became of it is in its row."""
    now = timezone.now()
    due = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING, next_at__lte=now)
    # Conditional, and put off first: of two workers one tries, and a killed one costs a minute.
    if not due.update(tries=F("tries") + 1, next_at=now + HELD):
        return
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    status, error = _post(delivery.webhook, delivery)
    ended = timezone.now()
    changes: dict[str, object] = {"status_code": status, "error": error[:200]}
    if not error:
        changes |= {"state": DeliveryState.DELIVERED, "delivered_at": ended}
    elif delivery.tries >= MOST_TRIES or not delivery.webhook.active:
        changes |= {"state": DeliveryState.FAILED}
    else:
        changes |= {"next_at": ended + _pause(delivery.tries)}
    Delivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING).update(**changes)


def _pause(tries: int) -> dt.timedelta:
    return min(dt.timedelta(seconds=settings.ENV.resend_after_s * 4 ** (tries - 1)), LONGEST_PAUSE)


def _post(webhook: Webhook, delivery: Delivery) -> tuple[int | None, str]:
    """Send a message; return the status and what was wrong, empty where it was taken."""
    if not webhook.active:
        return None, "The webhook is switched off."
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    try:
        target = find_target(webhook.url, private_allowed=settings.ENV.webhook_private)
        headers = {
            "Host": target.host,
            "Content-Type": "application/json",
            "User-Agent": "Ondol",
            "Ondol-Event": delivery.event,
            SIGNATURE: sign(secret_of(webhook), body, int(time.time())),
        }
        # A proxy would resolve the name anew, and an answer's body is of no interest.
        with (
            httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
            client.stream(
                "POST",
                target.url,
                content=body,
                headers=headers,
                extensions={"sni_hostname": target.name},
            ) as answer,
        ):
            if answer.is_success:
                return answer.status_code, ""
            return answer.status_code, f"The address answered {answer.status_code}."
    except Unreachable as error:
        return None, str(error)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, f"The address did not answer: {str(error) or type(error).__name__}"


def sign(secret: str, body: bytes, at: int) -> str:
    """Return `t=SECONDS,v1=HEX`: an HMAC-SHA256 over the time, a dot and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def announce_due() -> None:
    """Ask for the messages whose next try has come, and forget what is old."""
    now = timezone.now()
    due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now)
    waiting = list(due.order_by("next_at").values_list("pk", flat=True)[:200])
    if waiting:
        rows = OutboxMessage.objects.filter(task=Task.DELIVER)
        asked = {row["delivery_id"] for row in rows.values_list("arguments", flat=True)}
        for pk in waiting:
            if pk not in asked:
                enqueue(Task.DELIVER, delivery_id=pk)
    Delivery.objects.filter(created_at__lt=now - KEPT).delete()
    Notice.objects.filter(created_at__lt=now - KEPT).delete()
