"""Garbage collection: bytes that nobody points at go after a grace period."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.db.models import PROTECT, Exists, ManyToOneRel, OuterRef, ProtectedError, QuerySet
from django.utils import timezone

from portal.core.models import JanitorTick
from repository.blobs.store import blob_store
from repository.models import Blob

logger = logging.getLogger(__name__)
DUTY = "blobs"


def collect_when_due() -> None:
    """Collect, if the last look was long enough ago."""
    now = timezone.now()
    since = now - dt.timedelta(seconds=settings.ENV.collect_every_s)
    if JanitorTick.objects.filter(duty=DUTY, ticked_at__gt=since).exists():
        return
    JanitorTick.objects.update_or_create(duty=DUTY, defaults={"ticked_at": now})
    collect_blobs()


def collect_blobs() -> int:
    """Mark what became an orphan, delete what has been one for the grace period; return how many.

    A crash between the bytes and their row leaves an orphan row without bytes, which goes with the
    next round, and whoever uploads the same bytes meanwhile writes them anew.
    """
    now = timezone.now()
    orphans = unreferenced()
    Blob.objects.filter(orphaned_at__isnull=False).exclude(pk__in=orphans.values("pk")).update(
        orphaned_at=None
    )
    orphans.filter(orphaned_at=None).update(orphaned_at=now)
    before = now - dt.timedelta(seconds=settings.ENV.blob_grace_s)
    due = orphans.filter(orphaned_at__lte=before).order_by("orphaned_at", "pk")
    deleted = sum(_delete(sha256) for sha256 in due.values_list("pk", flat=True)[:1000])
    if deleted:
        logger.info("%s blobs that nobody points at are gone", deleted)
    return deleted


def adopt_strays() -> int:
    """Make rows of stored bytes without one, so that they are collected too; return how many.

    They are what a crash left between the bytes and their row.
    """
    store = blob_store()
    known = set(Blob.objects.values_list("pk", flat=True))
    strays = [sha256 for sha256 in store.digests() if sha256 not in known]
    for sha256 in strays:
        size = store.path(sha256).stat().st_size
        Blob.objects.get_or_create(sha256=sha256, defaults={"size_bytes": size})
    return len(strays)


def unreferenced() -> QuerySet[Blob]:
    """Return the blobs that nothing points at with a key that protects them."""
    rows = Blob.objects.all()
    for key in Blob._meta.get_fields(include_hidden=True):
        if isinstance(key, ManyToOneRel) and key.on_delete is PROTECT:
            pointing = key.related_model._base_manager.filter(**{key.field.name: OuterRef("pk")})
            rows = rows.exclude(Exists(pointing))
    return rows


def _delete(sha256: str) -> bool:
    with transaction.atomic():
        # An upload of the same bytes waits here, then finds them gone and writes them anew.
        blob = Blob.objects.select_for_update().filter(pk=sha256, orphaned_at__isnull=False).first()
        if blob is None or not unreferenced().filter(pk=sha256).exists():
            return False
        try:
            blob.delete()
        except ProtectedError:
            logger.exception(
                "blob %s is in use by a table that the collector does not know", sha256
            )
            return False
        blob_store().delete(sha256)
    return True
