"""A place for bytes that are on their way: whatever lies here untouched for long is nobody's."""

import contextlib
import shutil
import time
from pathlib import Path

from django.conf import settings

KEEP_S = 3600


def incoming_folder() -> Path:
    """Return the folder, on the same disk as the blobs, so that a file moves over by its name."""
    folder = settings.ENV.home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def expire_incoming() -> None:
    """Remove what a client gave up, or a process that was killed left behind."""
    before = time.time() - KEEP_S
    for path in incoming_folder().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime >= before:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
