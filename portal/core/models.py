"""Tables of the kernel."""

from django.db import models


class OutboxMessage(models.Model):
    """A piece of background work, written in the transaction that wants it; gone when done.

    The message that reaches a worker carries the row's id alone. The janitor sends a row again
    until its work is done, so a lost message costs time and never work.
    """

    task = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    send_at = models.DateTimeField(help_text="when it may be sent (again)")
    sends = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["send_at", "id"], name="outbox_due")]
        constraints = [
            models.UniqueConstraint(fields=["task", "arguments"], name="outbox_once_per_work")
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.arguments}"


class JanitorTick(models.Model):
    """When the janitor last finished a round; one row per duty. Outages are measured from here."""

    duty = models.CharField(max_length=40, primary_key=True)
    ticked_at = models.DateTimeField()
    left_out = models.PositiveIntegerField(default=0, help_text="rows that were bad in that round")

    def __str__(self) -> str:
        return f"{self.duty} {self.ticked_at:%Y-%m-%d %H:%M:%S}"
