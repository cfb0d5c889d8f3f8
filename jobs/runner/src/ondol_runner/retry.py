"""The one way of trying again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ondol_runner.protocol import Sentence

T = TypeVar("T")

LONGEST_RETRY_AFTER_S = 300.0

jitter = secrets.SystemRandom().uniform


class Passing(Exception):
    """A fault that may be over soon: no network, a busy server, an answer that is not its own."""

    def __init__(self, said: Sentence | str, *, retry_after_s: float | None = None) -> None:
        self.sentence = said if isinstance(said, Sentence) else Sentence(said)
        super().__init__(self.sentence.text)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Pace:
    """How long to wait between tries, in seconds: a random part of a bound that doubles."""

    first_s: float = 1.0
    longest_s: float = 64.0

    def delay_s(self, failures: int, fault: Passing) -> float:
        """Return the wait after the given number of failures, never less than the server asked."""
        bound = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 32))
        wait_s = jitter(0, bound)
        if fault.retry_after_s is None:
            return wait_s
        # Everybody was told the same moment, so the jitter goes on top.
        return min(fault.retry_after_s, LONGEST_RETRY_AFTER_S) + min(wait_s, self.first_s)


def patiently(
    call: Callable[[], T],
    *,
    pace: Pace,
    limit_s: float | None,
    sleep: Callable[[float], None] = time.sleep,
    notice: Callable[[Passing], None] = lambda _: None,
) -> T:
    """Return what `call` returns, waiting longer after each passing fault.

    The last fault is raised once the next wait would end after `limit_s`; None never gives up.
    `notice` hears of the first fault of a row. Whatever `sleep` raises ends the waiting.
    """
    started = time.monotonic()
    failures = 0
    while True:
        try:
            return call()
        except Passing as fault:
            failures += 1
            delay_s = pace.delay_s(failures, fault)
            if limit_s is not None and time.monotonic() + delay_s > started + limit_s:
                raise
            if failures == 1:
                notice(fault)
            sleep(delay_s)
