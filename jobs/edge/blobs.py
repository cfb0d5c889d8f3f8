"""A runner's door to bytes: an attempt opens exactly the files that its job names."""

from starlette.types import Scope

from jobs.selectors.devices import find_attempt
from jobs.services.attempts import is_open


def attempt_door(scope: Scope, sha256: str) -> str | None:
    """Return the digest if an open attempt needs it, nothing if no attempt is asking."""
    headers = dict(scope["headers"])
    kind, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not secret.startswith("oa_"):
        return None
    attempt = find_attempt(secret)
    if attempt is None or not is_open(attempt):
        return None
    spec = attempt.job.spec
    files = [*spec["artifact"]["files"], *([spec["samples"]] if spec.get("samples") else [])]
    return sha256 if sha256 in {file["sha256"] for file in files} else None
