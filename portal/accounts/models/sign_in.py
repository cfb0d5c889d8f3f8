"""Browsers that are signed in."""

from django.conf import settings
from django.db import models


class SignIn(models.Model):
    """One session of one browser, so that its person can see and end it.

    The session itself is Django's; a row whose session is gone means nothing.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"
