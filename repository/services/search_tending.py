"""What the search needs from time to time: a repair of drift, and ties learned anew."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from portal.core.background import enqueue
from portal.core.models import JanitorTick
from repository.types import Task

DUTY = "search"


def tend_search_when_due() -> None:
    """Ask for both, if the last time was long enough ago."""
    now = timezone.now()
    since = now - dt.timedelta(seconds=settings.ENV.search_tend_every_s)
    if JanitorTick.objects.filter(duty=DUTY, ticked_at__gt=since).exists():
        return
    JanitorTick.objects.update_or_create(duty=DUTY, defaults={"ticked_at": now})
    enqueue(Task.REPAIR_INDEX)
    enqueue(Task.ASSOCIATE)
