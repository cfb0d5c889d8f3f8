"""What the keys of publishers say of a model's files."""

from django.db import models

from repository.models.revision import Revision


class ReleaseSignature(models.Model):
    """A key's word on files of a revision, kept as it came: who pins the key checks it again."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="signatures")
    key = models.CharField(max_length=44, help_text="Ed25519, 32 bytes in base64")
    statement = models.TextField(help_text="the very text that was signed")
    statement_sha256 = models.CharField(max_length=64)
    signature = models.CharField(max_length=88)
    signed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "key", "statement_sha256"], name="signature_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]} on {self.revision}"
