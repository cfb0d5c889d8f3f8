"""Webhooks: addresses that are told what happens, and what became of each message."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.news.selectors.news import get_delivery, get_webhook, list_webhooks
from portal.news.services.telling import write_delivery
from portal.news.services.webhooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    redeliver,
)
from portal.news.types import DeliveryState, Happening, Topic

PAGE = 50


class WebhookIn(serializers.Serializer[Any]):
    """`owner` is a user or team name of the caller's; without it the caller."""

    url = serializers.CharField(max_length=500)
    topics = serializers.ListField(child=serializers.ChoiceField(Topic.choices), min_length=1)
    owner = serializers.CharField(max_length=64, required=False)


class WebhookChange(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500, required=False)
    topics = serializers.ListField(
        child=serializers.ChoiceField(Topic.choices), min_length=1, required=False
    )
    active = serializers.BooleanField(required=False)


class WebhookOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    owner = serializers.CharField(source="namespace.slug")
    url = serializers.CharField()
    topics = serializers.ListField(child=serializers.ChoiceField(Topic.choices))
    active = serializers.BooleanField()
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()


class NewWebhookOut(WebhookOut):
    """A webhook with the secret that signs its messages, shown this once."""

    secret = serializers.CharField()


class WebhookPage(serializers.Serializer[Any]):
    results = WebhookOut(many=True)


class DeliveryOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    event = serializers.ChoiceField(Happening.choices)
    state = serializers.ChoiceField(DeliveryState.choices)
    tries = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    payload = serializers.DictField()
    created_at = serializers.DateTimeField()
    next_at = serializers.SerializerMethodField()
    delivered_at = serializers.DateTimeField(allow_null=True)

    def get_next_at(self, delivery: Any) -> str | None:
        waits = delivery.state == DeliveryState.WAITING
        return delivery.next_at.isoformat() if waits else None


class DeliveryPage(serializers.Serializer[Any]):
    results = DeliveryOut(many=True)


class WebhookList(APIView):
    @extend_schema(responses=WebhookPage)
    def get(self, request: PersonRequest) -> Response:
        return Response({"results": WebhookOut(list_webhooks(request.user), many=True).data})

    @extend_schema(request=WebhookIn, responses={201: NewWebhookOut})
    def post(self, request: PersonRequest) -> Response:
        given = WebhookIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = {"owner": request.user.username, **given.validated_data}
        webhook, secret = create_webhook(request.user, **wanted)
        body = {**WebhookOut(webhook).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class WebhookDetail(APIView):
    @extend_schema(responses=WebhookOut)
    def get(self, request: PersonRequest, webhook_id: str) -> Response:
        return Response(WebhookOut(get_webhook(request.user, webhook_id)).data)

    @extend_schema(request=WebhookChange, responses=WebhookOut)
    def patch(self, request: PersonRequest, webhook_id: str) -> Response:
        webhook = get_webhook(request.user, webhook_id)
        given = WebhookChange(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(
            WebhookOut(change_webhook(request.user, webhook, given.validated_data)).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: PersonRequest, webhook_id: str) -> Response:
        delete_webhook(request.user, get_webhook(request.user, webhook_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookPing(APIView):
    @extend_schema(request=None, responses={202: DeliveryOut})
    def post(self, request: PersonRequest, webhook_id: str) -> Response:
        """Send a message that says nothing, to see whether the address takes it."""
        webhook = get_webhook(request.user, webhook_id)
        delivery = write_delivery(webhook, Happening.PING, {})
        return Response(DeliveryOut(delivery).data, status=status.HTTP_202_ACCEPTED)


class DeliveryList(APIView):
    @extend_schema(responses=DeliveryPage)
    def get(self, request: PersonRequest, webhook_id: str) -> Response:
        """List the newest messages to the address, and what became of them."""
        rows = get_webhook(request.user, webhook_id).deliveries.order_by("-id")[:PAGE]
        return Response({"results": DeliveryOut(rows, many=True).data})


class Redelivery(APIView):
    @extend_schema(request=None, responses={202: DeliveryOut})
    def post(self, request: PersonRequest, webhook_id: str, delivery_id: int) -> Response:
        """Send a message again."""
        delivery = get_delivery(get_webhook(request.user, webhook_id), delivery_id)
        return Response(DeliveryOut(redeliver(delivery)).data, status=status.HTTP_202_ACCEPTED)
