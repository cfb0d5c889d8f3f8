"""Addresses that want to be called when something happens, and every call to them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import Namespace
from portal.core.ids import new_id
from portal.news.types import DeliveryState


class Webhook(models.Model):
    """An address of a user's or a team's that is told what happens to what is theirs.

    Its secret is not kept: it is made of the salt and the installation's own key.
    """

    id = models.CharField(max_length=20, primary_key=True, default=new_id)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    topics = models.JSONField(default=list)
    salt = models.CharField(max_length=20, default=new_id)
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message to one webhook, and how often it was tried."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=24)
    payload = models.JSONField()
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_index=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_at"], name="delivery_due"),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
