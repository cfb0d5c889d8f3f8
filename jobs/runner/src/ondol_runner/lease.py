"""The agent's end of a heartbeat process: starts it, listens to it, lets it go."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO

from ondol_runner import protocol
from ondol_runner.heartbeat import HeartbeatNews, HeartbeatOrders, News
from ondol_runner.orders import Order, Orders
from ondol_runner.protocol import Cancel

GOODBYE_S = 5.0
WISHES = {Cancel.GRACEFUL: Order.CANCEL, Cancel.ABORT: Order.ABORT}
LOSSES = {News.OFFLINE: Order.LOST, News.FENCED: Order.FENCED}

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def kept_lease(described: HeartbeatOrders, orders: Orders) -> Iterator[None]:
    """Keep a lease for as long as the context lasts.

    What the server wishes becomes an order; so does its word that the attempt is not ours, and, as
    Order.LOST, a silence that is too long and the death of the process that keeps the lease.
    """
    # A session of its own: Ctrl-C in the agent's terminal is the agent's business.
    process = subprocess.Popen(
        [sys.executable, "-m", "ondol_runner.heartbeat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    leaving = threading.Event()
    listener = threading.Thread(target=_listen, args=(process.stdout, orders, leaving), daemon=True)
    listener.start()
    try:
        _instruct(process.stdin, described)
        yield
    finally:
        leaving.set()
        _let_go(process)
        listener.join()


def _instruct(stdin: IO[bytes] | None, described: HeartbeatOrders) -> None:
    """Hand the orders over; a process that is dead already is noticed by the listener."""
    line = json.dumps(protocol.encode(described)) + "\n"
    if stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            stdin.write(line.encode())
            stdin.flush()


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Close its stdin, upon which it ends; kill it if it hangs in a call to the server."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(GOODBYE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _listen(stdout: IO[bytes] | None, orders: Orders, leaving: threading.Event) -> None:
    if stdout is not None:
        with stdout:
            for line in stdout:
                _hear(line, orders)
    if not leaving.is_set() and orders.current not in LOSSES.values():
        logger.error("The heartbeat process ended by itself; the attempt is given up.")
        orders.give(Order.LOST)


def _hear(line: bytes, orders: Orders) -> None:
    try:
        news = protocol.decode(HeartbeatNews, json.loads(line))
    except ValueError:
        logger.warning("The heartbeat process said something unknown.")
        return
    if (loss := LOSSES.get(news.news)) is not None:
        logger.warning("The attempt is lost (%s): %s", news.news.value, news.detail)
        orders.give(loss)
    elif (wish := WISHES.get(news.cancel)) is not None:
        orders.give(wish)
