"""What the search needs from time to time: a repair of drift, and ties learned anew."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from portal.core.background import enqueue, is_pending
from portal.core.models import JanitorTick
from repository.search.backend import search_index
from repository.search.types import IndexAway
from repository.types import Task

DUTY = "search"


def tend_search_when_due() -> None:
    """Ask for both, if the last time was long enough ago.

    An index that is lost, or that an update emptied, is filled without waiting for that time.
    """
    now = timezone.now()
    since = now - dt.timedelta(seconds=settings.ENV.search_tend_every_s)
    if JanitorTick.objects.filter(duty=DUTY, ticked_at__gt=since).exists():
        if not is_pending(Task.REPAIR_INDEX) and _is_lost():
            enqueue(Task.REPAIR_INDEX)
        return
    JanitorTick.objects.update_or_create(duty=DUTY, defaults={"ticked_at": now})
    enqueue(Task.REPAIR_INDEX)
    enqueue(Task.ASSOCIATE)


def _is_lost() -> bool:
    try:
        return not search_index().is_current()
    except IndexAway:
        return False
