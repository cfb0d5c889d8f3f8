"""Doors to the bytes of jobs: what an attempt needs, and what one left behind."""

from starlette.types import Scope

from jobs.edge.bearers import secret_of
from jobs.selectors.devices import find_attempt
from jobs.selectors.jobs import may_read_file
from jobs.services.attempts import is_open
from portal.accounts.edge import find_caller


def attempt_door(scope: Scope, sha256: str) -> str | None:
    """Return the digest if an open attempt needs it, nothing if no attempt is asking."""
    secret = secret_of(scope)
    if not secret.startswith("oa_"):
        return None
    attempt = find_attempt(secret)
    if attempt is None or not is_open(attempt):
        return None
    spec = attempt.job.spec
    files = [*spec["artifact"]["files"], *([spec["samples"]] if spec.get("samples") else [])]
    return sha256 if sha256 in {file["sha256"] for file in files} else None


def result_door(scope: Scope, sha256: str) -> str | None:
    """Return the digest if it is of a file that a job left, and the person may see that job."""
    user = find_caller(scope)
    return sha256 if user is not None and may_read_file(user, sha256) else None
