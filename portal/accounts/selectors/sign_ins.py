"""Reading where a person is signed in."""

from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts.models import SignIn, User


def list_sign_ins(user: User) -> list[SignIn]:
    """Return the live sessions of a person, the last used first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows = SignIn.objects.filter(user=user, session_key__in=live)
    return list(rows.order_by("-last_seen_at", "-id"))
