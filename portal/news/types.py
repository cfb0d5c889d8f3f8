"""Words of the news package: what happened, and what became of telling it."""

from enum import StrEnum

from django.db import models


class Task(StrEnum):
    DELIVER = "news.deliver"


class Topic(models.TextChoices):
    """What a webhook asks to hear of."""

    JOB = "job"
    VERSION = "version"
    ALIAS = "alias"
    DEVICE = "device"


class Happening(models.TextChoices):
    """What happened; the part before the dot is its topic."""

    JOB_ENDED = "job.ended"
    VERSION_COMMITTED = "version.committed"
    VERSION_PUBLISHED = "version.published"
    ALIAS_MOVED = "alias.moved"
    DEVICE_CONNECTED = "device.connected"
    DEVICE_REVOKED = "device.revoked"
    PING = "ping"


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
