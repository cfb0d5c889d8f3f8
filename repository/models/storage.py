from django.db import models

from portal.accounts.models import Namespace


class StorageLimit(models.Model):
    """How many bytes a user or team may hold, where an administrator said other than the rule."""

    namespace = models.OneToOneField(
        Namespace, on_delete=models.CASCADE, related_name="storage_limit"
    )
    limit_bytes = models.BigIntegerField(help_text="0 is no limit")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(limit_bytes__gte=0), name="storage_limit_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.limit_bytes} bytes"
