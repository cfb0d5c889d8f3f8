from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import Namespace
from portal.core.ids import new_id
from repository.models.blob import Blob, Inspection
from repository.types import UploadState


class UploadSession(models.Model):
    """A resumable upload. The length of its file on disk is the only offset.

    `open -> received -> accepted | blocked | rejected`; one nobody goes on with becomes `expired`.
    """

    id = models.CharField(max_length=20, primary_key=True, default=new_id)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    namespace = models.ForeignKey(
        Namespace,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="whose quota it counts to",
    )
    filename = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.OPEN)
    sha256 = models.CharField(max_length=64, blank=True, help_text="known once all bytes are here")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="uploads")
    inspection = models.ForeignKey(
        Inspection, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=UploadState.values), name="upload_state_known"
            ),
            models.CheckConstraint(condition=Q(size_bytes__gte=0), name="upload_size_not_negative"),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="upload_expiry")]

    def __str__(self) -> str:
        return f"{self.filename} ({self.state})"
