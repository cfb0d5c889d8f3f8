"""The Celery application. Its messages are hints: the database is the truth."""

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), "portal.core.broker:Transport")

app = Celery("ondol")
app.config_from_object("django.conf:settings", namespace="CELERY")
