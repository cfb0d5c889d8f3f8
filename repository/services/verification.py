"""Reading stored bytes again: disks flip bits, and nobody should run a model that did."""

import datetime as dt
import hashlib
import logging
import random
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from portal.core.background import enqueue
from repository.blobs.store import blob_store
from repository.models import Blob
from repository.types import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scrub:
    """What a scrubber found: digests whose bytes are not what they were, or not there."""

    checked: int
    damaged: list[str]


def sample_download(sha256: str) -> None:
    """Have a share of the downloaded bytes read again, in the background."""
    if random.random() < settings.ENV.verify_share:  # noqa: S311
        enqueue(Task.VERIFY_BLOB, sha256=sha256)


def scrub_blobs(*, older_than_s: float = 0, limit: int | None = None) -> Scrub:
    """Verify what was verified longest ago, or never."""
    before = timezone.now() - dt.timedelta(seconds=older_than_s)
    rows = Blob.objects.exclude(verified_at__gt=before).order_by(
        F("verified_at").asc(nulls_first=True), "pk"
    )
    digests = list(rows.values_list("pk", flat=True)[:limit])
    return Scrub(len(digests), [sha256 for sha256 in digests if not verify_blob(sha256)])


def verify_blob(sha256: str) -> bool:
    """Read a blob's bytes, and say whether they still are what their name says.

    Damaged bytes are given to nobody from then on; uploading the same file again heals them.
    """
    found = Blob.objects.filter(pk=sha256)
    try:
        with blob_store().open(sha256) as content:
            sound = _digest(content) == sha256
    except FileNotFoundError:
        sound = not found.exists()
    now = timezone.now()
    found.update(verified_at=now, damaged_at=None if sound else now)
    if not sound:
        logger.error("the bytes of blob %s are damaged or gone", sha256)
    return sound


def _digest(content: BinaryIO) -> str:
    running = hashlib.sha256()
    while part := content.read(1 << 20):
        running.update(part)
    return running.hexdigest()
