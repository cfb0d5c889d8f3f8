"""What people are told in the portal."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """One thing that happened to what a person asked for; the portal words it from its data."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    event = models.CharField(max_length=24)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["user", "read_at"], name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.user}"
