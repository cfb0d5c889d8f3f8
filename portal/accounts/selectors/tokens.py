"""Reading tokens."""

from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import ApiToken, User
from portal.accounts.tokens import digest_of


def find_token(secret: str) -> ApiToken | None:
    """Return the live token of an active person, or nothing."""
    now = timezone.now()
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return (
        ApiToken.objects.select_related("user")
        .filter(live, digest=digest_of(secret), revoked_at=None, user__is_active=True)
        .first()
    )


def list_tokens(user: User) -> list[ApiToken]:
    return list(ApiToken.objects.filter(user=user, revoked_at=None).order_by("-id"))
