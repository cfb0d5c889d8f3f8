"""How many bytes a user or team holds. Counted anew each time, so that nothing can drift."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from portal.accounts.models import Namespace, User
from portal.accounts.selectors.people import is_admin
from portal.core.errors import NotFound
from repository.models import ArtifactFile, Blob, ModelFile, StorageLimit, UploadSession
from repository.types import UploadState

SHOWN_S = 60
"""For how long a figure that every page shows is kept."""
WAITING = (UploadState.OPEN, UploadState.RECEIVED, UploadState.ACCEPTED, UploadState.BLOCKED)


class NoSuchOwner(NotFound):
    code = "no_such_owner"


@dataclass(frozen=True)
class Usage:
    """Bytes held by models, bytes promised to uploads, and the limit; 0 is no limit."""

    held_bytes: int
    reserved_bytes: int
    limit_bytes: int

    def has_room(self, more: int) -> bool:
        total = self.held_bytes + self.reserved_bytes + more
        return self.limit_bytes == 0 or total <= self.limit_bytes


def get_account(user: User, owner: str) -> Namespace:
    """Return a user or team whose storage the caller may see: theirs, or any to administrators."""
    rows = Namespace.objects.all()
    if not is_admin(user):
        rows = rows.filter(Q(user=user) | Q(team__memberships__user=user))
    found = rows.filter(slug=owner).first()
    if found is None:
        raise NoSuchOwner(f"There is no user or team '{owner}', or it is not yours.")
    return found


def usage_of(namespace: Namespace) -> Usage:
    held = _sum(_held(namespace), "size_bytes")
    return Usage(held, _sum(_reserved(namespace), "size_bytes"), limit_of(namespace))


def shown_to(user: User) -> tuple[str, Usage]:
    """Return whose storage a page tells a person of, and how full it is, as of the last minute.

    An administrator sees the whole server's, named "", and everybody else their own.
    """
    owner = "" if is_admin(user) else user.username

    def count() -> Usage:
        return usage_of_server() if not owner else usage_of(Namespace.objects.get(slug=owner))

    return owner, cache.get_or_set(f"storage:{owner}", count, SHOWN_S) or Usage(0, 0, 0)


def usage_of_server() -> Usage:
    """Return what all models hold, equal bytes counted once, of what the disk has room for."""
    held = _sum(Blob.objects.all(), "size_bytes")
    if settings.ENV.s3_bucket:
        return Usage(held, 0, 0)
    return Usage(held, 0, held + shutil.disk_usage(settings.ENV.home).free)


def limit_of(namespace: Namespace) -> int:
    own = StorageLimit.objects.filter(namespace=namespace).first()
    if own is not None:
        return own.limit_bytes
    env = settings.ENV
    return env.quota_team_bytes if namespace.team_id else env.quota_user_bytes


def new_to(namespace: Namespace, digests: set[str]) -> int:
    """Return how many bytes of these blobs the namespace does not hold yet."""
    held = _held(namespace).values("pk")
    return _sum(Blob.objects.filter(pk__in=digests).exclude(pk__in=held), "size_bytes")


def reserved_for(namespace: Namespace, digests: set[str]) -> int:
    """Return how many bytes are promised to uploads that brought exactly these blobs."""
    return _sum(_reserved(namespace).filter(blob__in=digests), "size_bytes")


def _held(namespace: Namespace) -> QuerySet[Blob]:
    files = ModelFile.objects.filter(blob=OuterRef("pk"), revision__ai_model__namespace=namespace)
    made = ArtifactFile.objects.filter(
        blob=OuterRef("pk"), artifact__revision__ai_model__namespace=namespace
    )
    return Blob.objects.filter(Exists(files) | Exists(made))


def _reserved(namespace: Namespace) -> QuerySet[UploadSession]:
    """Return uploads that may still become files; what is committed counts as held, not twice."""
    alive = UploadSession.objects.filter(
        namespace=namespace, state__in=WAITING, expires_at__gt=timezone.now()
    )
    return alive.filter(Q(blob=None) | ~Q(blob__in=_held(namespace)))


def _sum(rows: QuerySet[Blob] | QuerySet[UploadSession], field: str) -> int:
    return int(rows.aggregate(total=Sum(field))["total"] or 0)
