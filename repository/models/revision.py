"""Revisions, their files, and the names that point at them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from repository.models.ai_model import AiModel
from repository.models.blob import Blob
from repository.readme.front_matter import LONGEST_WORD
from repository.types import RefKind


class Revision(models.Model):
    """One immutable snapshot of a model's files.

    A deleted one stays in the log as an id without files: its children still have a parent.
    """

    ai_model = models.ForeignKey(AiModel, on_delete=models.CASCADE, related_name="revisions")
    oid = models.CharField(max_length=40, help_text="40 hex digits")
    parent = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="children"
    )
    message = models.CharField(max_length=500)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ai_model", "oid"], name="revision_once"),
        ]

    def __str__(self) -> str:
        return self.oid[:8]


class ModelFile(models.Model):
    """A path in a revision, and the blob that lies there."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=255)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="model_files")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "path"], name="file_path_once"),
        ]

    def __str__(self) -> str:
        return self.path


class Readme(models.Model):
    """A revision's README, rendered and made safe once."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="readme")
    text = models.TextField()
    html = models.TextField()
    outline = models.JSONField(default=list)
    front_matter = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"README of {self.revision}"


class ReadmeWord(models.Model):
    """What the head of a README says of its model, one word a row: lists are narrowed by it."""

    readme = models.ForeignKey(Readme, on_delete=models.CASCADE, related_name="words")
    kind = models.CharField(max_length=12, help_text="a name of `CARD_KEYS`")
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["readme", "kind", "word"], name="readme_word_once"),
        ]
        indexes = [models.Index(fields=["kind", "word"], name="readme_word_found")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.word}"


class UsageSpec(models.Model):
    """How a revision is fed and read; its artifacts inherit it."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="usage")
    inputs = models.JSONField(help_text="input specifications, as in the runner's protocol")
    labels = models.JSONField(default=list)
    output = models.CharField(max_length=40, default="logits")

    def __str__(self) -> str:
        return f"usage of {self.revision}"


class Ref(models.Model):
    """A name for a revision. A withdrawn tag keeps its row: its name never means other files."""

    ai_model = models.ForeignKey(AiModel, on_delete=models.CASCADE, related_name="refs")
    kind = models.CharField(max_length=8, choices=RefKind.choices)
    name = models.CharField(max_length=100)
    revision = models.ForeignKey(Revision, on_delete=models.RESTRICT, related_name="refs")
    updated_at = models.DateTimeField(auto_now=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ai_model", "name"], name="ref_name_once"),
            models.CheckConstraint(condition=Q(kind__in=RefKind.values), name="ref_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=RefKind.TAG) | Q(withdrawn_at__isnull=True),
                name="ref_only_tags_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RefMove(models.Model):
    """One move of a ref: its history."""

    ref = models.ForeignKey(Ref, on_delete=models.CASCADE, related_name="moves")
    revision = models.ForeignKey(Revision, on_delete=models.RESTRICT, related_name="+")
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    moved_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.ref} -> {self.revision}"
