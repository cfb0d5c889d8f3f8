"""Making and ending tokens."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import ApiToken, User
from portal.accounts.services.audit import record
from portal.accounts.tokens import digest_of, new_secret
from portal.accounts.types import Scope
from portal.core.errors import NotFound


class NoSuchToken(NotFound):
    code = "no_such_token"


@transaction.atomic
def create_token(
    user: User, *, name: str, scope: Scope, days: int | None = None
) -> tuple[ApiToken, str]:
    """Make a token; its secret is returned this once and kept nowhere."""
    secret = new_secret()
    expires = timezone.now() + dt.timedelta(days=days) if days else None
    token = ApiToken.objects.create(
        user=user, name=name, scope=scope, digest=digest_of(secret), expires_at=expires
    )
    record(user, "token.create", name, token=token.pk, scope=str(scope))
    return token, secret


def note_use(token: ApiToken, address: str) -> None:
    """Remember when and from where a token was used, at most once in a while."""
    now = timezone.now()
    if token.last_used_at and token.last_used_at > now - settings.USE_NOTED_EVERY:
        return
    # Many calls at once see the same old time: one of them writes.
    ApiToken.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(
        last_used_at=now, last_used_from=address
    )


@transaction.atomic
def revoke_token(user: User, token_id: int) -> None:
    """End a token of the person's own; it opens nothing from now on."""
    live = ApiToken.objects.filter(pk=token_id, user=user, revoked_at=None)
    if not live.update(revoked_at=timezone.now()):
        raise NoSuchToken("You have no such token.")
    record(user, "token.revoke", token=token_id)
