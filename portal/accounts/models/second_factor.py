"""What lets a person in who lost the device that shows codes; the device itself is django-otp's."""

from django.conf import settings
from django.db import models


class RecoveryCode(models.Model):
    """A code that stands once for one of the device; only its SHA-256 is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"a recovery code of {self.user}"
