"""The logs of attempts: bytes by offset, and parts that come at a time in one transaction."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from jobs.models import Attempt, JobEvent, LogChunk
from jobs.services.attempts import Fenced, is_open
from jobs.services.lifecycle import tell_all
from portal.accounts.tokens import digest_of
from portal.core.errors import Conflict, Refusal
from portal.core.masking import masked

LOG_LIMIT = 16 * 2**20


class LogGap(Conflict):
    """Bytes that do not continue where the log ends; `size` is where it does."""

    code = "log_gap"

    def __init__(self, size: int) -> None:
        super().__init__(f"The log ends at byte {size}. Go on from there.")
        self.size = size


@dataclass(frozen=True)
class LogPart:
    """Bytes from an offset on of an attempt's log, and the secret that opens the attempt."""

    attempt_id: str
    secret: str
    offset: int
    content: bytes


Answer = int | Refusal | None
"""A log's new size, why a part was not taken, or nothing where the secret opens no attempt."""


@transaction.atomic
def append_log(attempt: Attempt, offset: int, content: bytes) -> int:
    """Add bytes where the log ends and return its new size, up to the limit of a log.

    Secrets in them are starred out. Of bytes that end within a line, whole lines alone are taken
    where there are any: the rest has to come again. Raises LogGap for bytes that do not continue
    the log, sent again ones too, and Fenced after its end.
    """
    tail = _Tail(_held().get(pk=attempt.pk))
    tail.add(offset, content)
    _keep([tail])
    return tail.attempt.log_size


@transaction.atomic
def append_parts(parts: Sequence[LogPart]) -> list[Answer]:
    """Add each part as `append_log` does, in turn, and answer each by itself."""
    # In one order, so that two servers never wait for each other in a ring.
    held = _held().filter(pk__in={part.attempt_id for part in parts}).order_by("pk")
    tails = {attempt.pk: _Tail(attempt) for attempt in held}
    answers = [_add(tails.get(part.attempt_id), part) for part in parts]
    _keep(tails.values())
    return answers


def _held() -> QuerySet[Attempt]:
    """Return attempts whose logs nobody else adds to until the transaction ends."""
    rows = Attempt.objects.only("job_id", "epoch", "state", "log_size", "token_digest")
    return rows.select_for_update(no_key=True)


class _Tail:
    """The end of a log while its row is held, with what is to be added there."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.chunks: list[LogChunk] = []

    def add(self, offset: int, content: bytes) -> None:
        attempt = self.attempt
        if not is_open(attempt):
            raise Fenced("This job was given to somebody else, or has ended.")
        if offset != attempt.log_size:
            raise LogGap(attempt.log_size)
        # Up to the end of a line, where it has one: a secret is never cut in two.
        content = content[: content.rfind(b"\n") + 1] or content
        content = masked(content[: LOG_LIMIT - attempt.log_size])
        if content:
            self.chunks.append(LogChunk(attempt=attempt, offset=offset, content=content))
            attempt.log_size += len(content)


def _add(tail: _Tail | None, part: LogPart) -> Answer:
    if tail is None:
        return None
    if not hmac.compare_digest(tail.attempt.token_digest, digest_of(part.secret)):
        return None
    try:
        tail.add(part.offset, part.content)
    except Conflict as refusal:
        return refusal
    return tail.attempt.log_size


def _keep(tails: Iterable[_Tail]) -> None:
    grown = [tail for tail in tails if tail.chunks]
    if not grown:
        return
    Attempt.objects.bulk_update([tail.attempt for tail in grown], ["log_size"])
    LogChunk.objects.bulk_create(chunk for tail in grown for chunk in tail.chunks)
    tell_all(
        [
            JobEvent(
                job_id=tail.attempt.job_id,
                kind="log",
                data={"size": tail.attempt.log_size, "attempt": tail.attempt.epoch},
            )
            for tail in grown
        ]
    )
