"""Counting downloads."""

import re

from django.db import transaction
from django.db.models import F

from portal.core.background import enqueue
from repository.models import AiModel
from repository.types import Task

FROM_START = re.compile(r"bytes=0*0-.*")


def begins_download(method: str, asked_range: str | None) -> bool:
    """Say whether this is the one request of a download that asks for its first byte."""
    return method == "GET" and (asked_range is None or bool(FROM_START.fullmatch(asked_range)))


def count_download(ai_model: AiModel) -> None:
    """Count one download of a model: a file from its first byte on, or a whole version.

    The search index is told of every number of two digits and zeros after them: often enough to
    sort by, and a model that everybody downloads is not written anew each time.
    """
    found = AiModel.objects.filter(pk=ai_model.pk)
    with transaction.atomic():
        found.update(downloads=F("downloads") + 1)
        count = found.values_list("downloads", flat=True).first()
        if count and not str(count)[2:].strip("0"):
            enqueue(Task.INDEX_MODEL, model_id=ai_model.pk)
