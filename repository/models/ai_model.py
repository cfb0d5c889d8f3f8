"""The catalogue."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import Namespace
from portal.accounts.models.user import SLUG
from repository.models.context import Context
from repository.models.service_type import ServiceType
from repository.types import Visibility


class AiModel(models.Model):
    """A catalogue entry `owner/name`; its files are in its revisions."""

    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="ai_models")
    name = models.CharField(max_length=64, validators=[SLUG])
    summary = models.CharField(max_length=200, blank=True)
    service_type = models.ForeignKey(
        ServiceType, on_delete=models.PROTECT, related_name="ai_models"
    )
    contexts = models.ManyToManyField(Context, related_name="ai_models", blank=True)
    task = models.CharField(max_length=60, blank=True)
    license = models.CharField(max_length=60, blank=True)
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.INTERNAL
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()
    downloads = models.PositiveBigIntegerField(default=0)
    row_version = models.PositiveBigIntegerField(
        default=1, help_text="grows with every change; the search index keeps the newest"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "name"], name="model_name_once"),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="model_visibility_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="model_newest_first"),
            models.Index(fields=["name"], name="model_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class FormerName(models.Model):
    """A name that a model had before it moved; it leads there until another model takes it."""

    owner = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    ai_model = models.ForeignKey(AiModel, on_delete=models.CASCADE, related_name="former_names")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="former_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


class Collaborator(models.Model):
    """A person whom the owner lets in."""

    ai_model = models.ForeignKey(AiModel, on_delete=models.CASCADE, related_name="collaborators")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collaborations"
    )
    may_write = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ai_model", "user"], name="collaborator_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.ai_model}"
