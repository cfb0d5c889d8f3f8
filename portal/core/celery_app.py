"""The Celery application. Its messages are hints: the database is the truth."""

from celery import Celery

app = Celery("ondol")
app.config_from_object("django.conf:settings", namespace="CELERY")
