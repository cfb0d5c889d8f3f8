from django.urls import path

from portal.news.api import notices, webhooks

HOOK = "webhooks/<str:webhook_id>"

urlpatterns = [
    path("notices", notices.NoticeList.as_view()),
    path("notices/read", notices.NoticesRead.as_view()),
    path("webhooks", webhooks.WebhookList.as_view()),
    path(HOOK, webhooks.WebhookDetail.as_view()),
    path(f"{HOOK}/ping", webhooks.WebhookPing.as_view()),
    path(f"{HOOK}/deliveries", webhooks.DeliveryList.as_view()),
    path(f"{HOOK}/deliveries/<int:delivery_id>/redeliver", webhooks.Redelivery.as_view()),
]
