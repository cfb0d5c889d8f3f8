"""Contexts: the traits and situations by which models are filed and found."""

from django.db import models
from django.db.models import F, Q

from portal.accounts.models.user import SLUG
from repository.types import ContextKind, RelationOrigin


class Context(models.Model):
    """A trait or situation. What people type at registration is a proposal until it is curated."""

    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    label_ko = models.CharField(max_length=80, blank=True)
    label_en = models.CharField(max_length=80, blank=True)
    aliases = models.JSONField(default=list, help_text="other words for it, any language")
    hints = models.JSONField(
        default=list, blank=True, help_text="words that make one think of it without naming it"
    )
    kind = models.CharField(
        max_length=16, choices=ContextKind.choices, default=ContextKind.SITUATION
    )
    broader = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="narrower"
    )
    is_proposal = models.BooleanField(default=False)
    is_edited = models.BooleanField(
        default=False, help_text="the shipped file no longer changes it"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(label_ko="", label_en=""), name="context_has_a_label"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ContextKind.values), name="context_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class ContextRelation(models.Model):
    """A weighted tie between two contexts, from one origin; associated search walks these."""

    source = models.ForeignKey(Context, on_delete=models.CASCADE, related_name="relations")
    target = models.ForeignKey(Context, on_delete=models.CASCADE, related_name="+")
    origin = models.CharField(max_length=16, choices=RelationOrigin.choices)
    weight = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "origin"], name="relation_once_per_origin"
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="relation_of_two"),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=1), name="relation_weight_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} -> {self.target} ({self.origin}, {self.weight:.2f})"


class MergedContext(models.Model):
    """The name of a context that became part of another; `undo` is what brings it back."""

    slug = models.CharField(max_length=64, unique=True)
    into = models.ForeignKey(Context, on_delete=models.CASCADE, related_name="merged")
    undo = models.JSONField()
    merged_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.slug} in {self.into}"


class EmptySearch(models.Model):
    """A query that found nothing, and how often. Nobody's name stands by it."""

    query = models.CharField(max_length=80, unique=True)
    count = models.PositiveIntegerField(default=1)
    last_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.query} ({self.count})"


class VocabularyState(models.Model):
    """One row: a token that every change of contexts and ties renews, so that processes notice."""

    token = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.token
