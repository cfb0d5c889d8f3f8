"""The browsers in which a person is signed in, and ending them."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import SignIn, User
from portal.accounts.selectors.sign_ins import list_sign_ins
from portal.accounts.services.audit import record
from portal.core.errors import NotFound

BROWSER_CHARACTERS = 300


class NoSuchSession(NotFound):
    code = "no_such_session"


@transaction.atomic
def note_sign_in(user: User, session_key: str, *, address: str, browser: str) -> None:
    """Remember where a session was begun; who signs in there again goes on with the same one."""
    SignIn.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "address": address,
            "browser": browser[:BROWSER_CHARACTERS],
            "last_seen_at": timezone.now(),
        },
    )
    record(user, "session.begin", user.username, address=address)


def note_new_key(user: User, was: str, session_key: str) -> None:
    """Follow a session that goes on under another key, as after a new password."""
    SignIn.objects.filter(user=user, session_key=was).update(session_key=session_key)


def note_visit(user: User, session_key: str) -> None:
    """Remember that a session was used, at most once in a while."""
    every = settings.USE_NOTED_EVERY
    if not cache.add(f"visit:{session_key}", 1, every.total_seconds()):
        return
    now = timezone.now()
    stale = SignIn.objects.filter(user=user, session_key=session_key, last_seen_at__lt=now - every)
    # An update waits for whoever writes, even where it changes nothing.
    if stale.exists():
        stale.update(last_seen_at=now)


@transaction.atomic
def end_sign_in(user: User, sign_in_id: int) -> None:
    """Sign one browser of the person's own out."""
    found = SignIn.objects.filter(pk=sign_in_id, user=user).first()
    if found is None:
        raise NoSuchSession("You have no such session.")
    _end(user, [found])


@transaction.atomic
def end_other_sign_ins(user: User, kept_key: str) -> int:
    """Sign the person out everywhere but here; return how many sessions that ended."""
    others = [row for row in list_sign_ins(user) if row.session_key != kept_key]
    _end(user, others)
    return len(others)


def _end(user: User, rows: list[SignIn]) -> None:
    keys = [row.session_key for row in rows]
    Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(pk__in=[row.pk for row in rows]).delete()
    record(user, "session.end", user.username, sessions=len(rows))
