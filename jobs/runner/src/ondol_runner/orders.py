"""What the outside wishes of an attempt while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import IntEnum


class Order(IntEnum):
    """Later members overrule earlier ones."""

    CANCEL = 1
    """End within a grace period, and report it."""
    ABORT = 2
    """End at once, and report it."""
    LOST = 3
    """Nobody keeps the lease any more: end at once, report only what was finished before."""
    STOP = 4
    """The runner itself is being stopped: end at once, report at the next start."""
    FENCED = 5
    """The attempt is not ours any more: end at once, report nothing."""


class Ordered(Exception):
    """Raised where an attempt waits or works, once an order has been given."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.name)
        self.order = order


class Orders:
    """A mailbox that other threads write to and the attempt reads."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._order: Order | None = None

    @property
    def current(self) -> Order | None:
        return self._order

    def give(self, order: Order) -> None:
        with self._wake:
            if self._order is None or order > self._order:
                self._order = order
            self._wake.notify_all()

    def ring(self) -> None:
        """Wake whoever waits, without an order."""
        with self._wake:
            self._wake.notify_all()

    def check(self, *, at_least: Order = Order.CANCEL) -> None:
        """Raise Ordered if an order has been given, or one at least as strong."""
        if self._order is not None and self._order >= at_least:
            raise Ordered(self._order)

    def sleep(self, seconds: float, *, at_least: Order = Order.CANCEL) -> None:
        """Wait so long, or raise Ordered as soon as such an order is given."""
        self.wait(lambda: self._order is not None and self._order >= at_least, seconds)
        self.check(at_least=at_least)

    def wait(self, predicate: Callable[[], bool], seconds: float) -> None:
        """Wait so long, or until the predicate holds; it is asked whenever something rang."""
        with self._wake:
            self._wake.wait_for(predicate, timeout=seconds)
