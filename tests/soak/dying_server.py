"""`python -m tests.soak.dying_server PORT [before|after:STEP]`: serve, and die at one step."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from portal.asgi import application
from repository.blobs.store import blob_store
from repository.services import uploads

Work = Callable[..., Any]


def dying(work: Work, when: str) -> Work:
    def run(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    return run


def arm(point: str) -> None:
    when, _, step = point.partition(":")
    places: dict[str, tuple[Any, str]] = {
        "keep": (uploads, "keep"),
        "running_digests.take": (uploads.running_digests, "take"),
        "adopt_file": (uploads, "adopt_file"),
        "store.put": (blob_store(), "put"),
        "store.exists": (blob_store(), "exists"),
        "inspect_blob": (uploads, "inspect_blob"),
    }
    owner, name = places[step]
    setattr(owner, name, dying(getattr(owner, name), when))


if __name__ == "__main__":
    if sys.argv[2]:
        arm(sys.argv[2])
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
