"""A small process of its own that keeps the lease of one attempt, however busy the rest is.

It reads its orders as one line on stdin, and ends when stdin does: with the agent. What the server
answers, it writes to stdout, one line of JSON each time.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path

from ondol_runner import protocol
from ondol_runner.client import AttemptKey, Client, Refused
from ondol_runner.masking import Secret
from ondol_runner.protocol import Cancel, HeartbeatReply, HeartbeatRequest
from ondol_runner.retry import Pace, Passing, jitter
from ondol_runner.status import REPORT, StatusFile

SPREAD = 0.2
NICER_BY = -5
LOOK_EVERY_S = 1.0
PROGRESS_AFTER = 0.2


class News(str, Enum):
    BEAT = "beat"
    FENCED = "fenced"
    OFFLINE = "offline"


@dataclass(frozen=True)
class HeartbeatOrders:
    """Everything the process needs. It comes by stdin, where no other process can read it."""

    server: str
    ca_file: str
    attempt_id: str
    epoch: int
    token: str = field(repr=False)
    status: str
    log: str
    heartbeat_s: float
    offline_grace_s: float
    retry_first_s: float
    retry_longest_s: float


@dataclass(frozen=True)
class HeartbeatNews:
    """One line to the agent: the server's wish, or why the attempt is not ours any more."""

    news: News
    cancel: Cancel = Cancel.NONE
    detail: str = ""


def keep_lease(
    orders: HeartbeatOrders,
    client: Client,
    tell: Callable[[HeartbeatNews], None],
    wait: Callable[[float], bool],
) -> None:
    """Beat until the server refuses, nobody is heard for the offline grace, or `wait` says so.

    A new step of the work is told at once, and how far it is after a part of the pace that the
    server sets: so a person sees a short measurement go on, and a wish to stop it is heard early.
    """
    key = AttemptKey(orders.attempt_id, orders.epoch, Secret(orders.token))
    pace = Pace(orders.retry_first_s, orders.retry_longest_s)
    heard_at = time.monotonic()
    failures = 0
    while True:
        request = _request(orders)
        try:
            reply = client.heartbeat(key, request)
        except Refused as refusal:
            tell(HeartbeatNews(News.FENCED, detail=str(refusal)))
            return
        except Passing as fault:
            failures += 1
            if time.monotonic() - heard_at > orders.offline_grace_s:
                tell(HeartbeatNews(News.OFFLINE, detail=str(fault)))
                return
            # Never slower than a heartbeat, or the end of an outage would be seen too late.
            pause_s = min(pace.delay_s(failures, fault), orders.heartbeat_s)
            if wait(pause_s):
                return
        else:
            heard_at, failures = time.monotonic(), 0
            tell(HeartbeatNews(News.BEAT, cancel=reply.cancel))
            if _rest(_next(reply), orders, request, wait):
                return


def _rest(
    seconds: float, orders: HeartbeatOrders, told: HeartbeatRequest, wait: Callable[[float], bool]
) -> bool:
    """Wait so long, or less where the work went on; answer what `wait` does."""
    began = time.monotonic()
    status = StatusFile(Path(orders.status))
    while (rested_s := time.monotonic() - began) < seconds:
        if wait(min(seconds - rested_s, LOOK_EVERY_S)):
            return True
        at = status.read()
        # A beat beside the report would meet an attempt that has just ended.
        if at.step == REPORT:
            continue
        moved = (at.fraction, at.text) != (told.fraction, told.text)
        if at.step != told.step or (moved and rested_s > seconds * PROGRESS_AFTER):
            return False
    return False


def _request(orders: HeartbeatOrders) -> HeartbeatRequest:
    status = StatusFile(Path(orders.status)).read()
    try:
        log_size = Path(orders.log).stat().st_size
    except FileNotFoundError:
        log_size = 0
    return HeartbeatRequest(orders.epoch, status.step, status.fraction, status.text, log_size)


def _next(reply: HeartbeatReply) -> float:
    return reply.next_s * jitter(1 - SPREAD, 1 + SPREAD)


def _tell(news: HeartbeatNews) -> None:
    print(json.dumps(asdict(news)), flush=True)


def _agent_is_gone(seconds: float) -> bool:
    """Wait so long; answer whether stdin has ended, which is how the agent says goodbye."""
    readable, _, _ = select.select([sys.stdin], [], [], seconds)
    return bool(readable)


def main() -> int:
    """Keep one lease, as the line on stdin says."""
    orders = protocol.decode(HeartbeatOrders, json.loads(sys.stdin.readline()))
    with contextlib.suppress(OSError):
        os.nice(NICER_BY)
    client = Client(orders.server, ca_file=orders.ca_file)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        keep_lease(orders, client, _tell, _agent_is_gone)
    client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
