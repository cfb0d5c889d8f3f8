"""Where a worker lays out the files of an attempt, and how what a killed one left is removed."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from jobs.models import Attempt
from jobs.types import OPEN_ATTEMPT


@contextmanager
def work_folder(attempt: Attempt) -> Iterator[Path]:
    """Lend an attempt an empty folder; those of ended attempts are removed first."""
    # Of this installation alone: others may share the machine.
    house = hashlib.sha256(bytes(settings.ENV.home.resolve())).hexdigest()[:8]
    place, prefix = Path(tempfile.gettempdir()), f"ondol-convert-{house}-"
    for left in place.glob(f"{prefix}*"):
        owner = Attempt.objects.filter(pk=left.name.removeprefix(prefix), state__in=OPEN_ATTEMPT)
        if not owner.exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = place / f"{prefix}{attempt.pk}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
