"""Counting downloads."""

import re

from django.db.models import F

from repository.models import AiModel

FROM_START = re.compile(r"bytes=0*0-.*")


def begins_download(method: str, asked_range: str | None) -> bool:
    """Say whether this is the one request of a download that asks for its first byte."""
    return method == "GET" and (asked_range is None or bool(FROM_START.fullmatch(asked_range)))


def count_download(ai_model: AiModel) -> None:
    """Count one download of a model: a file from its first byte on, or a whole version."""
    AiModel.objects.filter(pk=ai_model.pk).update(downloads=F("downloads") + 1)
