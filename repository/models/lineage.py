from django.db import models
from django.db.models import Q

from repository.models.revision import Revision
from repository.types import Relation


class Lineage(models.Model):
    """Where a revision came from: a revision of some model here, or a source elsewhere in words."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="lineage")
    relation = models.CharField(max_length=20, choices=Relation.choices)
    parent = models.ForeignKey(
        Revision, on_delete=models.SET_NULL, null=True, blank=True, related_name="descendants"
    )
    source = models.CharField(max_length=300, blank=True, help_text="an address or a name")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(relation__in=Relation.values), name="lineage_relation_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision} {self.relation}"
