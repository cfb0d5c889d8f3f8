"""Counting downloads."""

from django.db.models import F

from repository.models import AiModel


def count_download(ai_model: AiModel) -> None:
    """Count one download of a model: a file from its first byte on, or a whole version."""
    AiModel.objects.filter(pk=ai_model.pk).update(downloads=F("downloads") + 1)
