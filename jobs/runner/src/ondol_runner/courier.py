"""Brings ends of attempts to the server, however long that takes; one thread for all of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ondol_runner.client import Client, Refused
from ondol_runner.identity import Identity
from ondol_runner.journal import Entry, Journal
from ondol_runner.logs import LogFile, LogShipper
from ondol_runner.products import ProductShipper, products_in
from ondol_runner.protocol import OpenAttempt
from ondol_runner.retry import Pace, Passing

TRIES = 12
FENCED = "fenced"
INCOMPLETE = frozenset({"files_incomplete", "log_incomplete"})

logger = logging.getLogger(__name__)


@dataclass
class Errand:
    """One entry on its way; `done` is called once the server has answered it."""

    entry: Entry
    done: Callable[[], None]
    failures: int = 0


class Courier:
    """Sends every entry of the journal until the server answers it; a refusal is an answer too.

    The server knows an end by its idempotency key, and refuses that of a job it gave to another:
    sending one again is harmless.
    """

    def __init__(
        self, client: Client, journal: Journal, pace: Pace, identity: Identity | None
    ) -> None:
        self._client = client
        self._identity = identity
        self._journal = journal
        self._pace = pace
        self._changed = threading.Condition()
        self._errands: dict[str, Errand] = {}

    def start(self) -> None:
        """Take over what an earlier run left, and begin."""
        for entry in self._journal.open():
            logger.info("%s: its end was not answered yet; it is sent again.", entry.end.name)
            self.take(entry)
        threading.Thread(target=self._serve, daemon=True).start()

    def take(self, entry: Entry, *, done: Callable[[], None] = lambda: None) -> None:
        """Carry an entry from now on."""
        with self._changed:
            self._errands[entry.end.attempt_id] = Errand(entry, done)
            self._changed.notify_all()

    def carries(self, entry: Entry) -> bool:
        """Answer whether the server has yet to answer an entry."""
        return entry.end.attempt_id in self._errands

    def open_attempts(self) -> list[OpenAttempt]:
        """Name what a new session must not take for lost."""
        with self._changed:
            ends = [errand.entry.end for errand in self._errands.values()]
        return [OpenAttempt(end.attempt_id, end.request.epoch) for end in ends]

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._errands)
                errands = list(self._errands.values())
            for errand in errands:
                try:
                    self._bring(errand)
                except FileNotFoundError:
                    # It found no room in the journal, and its attempt waited long enough.
                    logger.warning("%s: its end is lost.", errand.entry.end.name)
                    self._forget(errand)
                except Passing as fault:
                    if not errand.failures:
                        logger.warning("%s: its end waits: %s", errand.entry.end.name, fault)
                    errand.failures += 1
                    time.sleep(self._pace.delay_s(errand.failures, fault))

    def _bring(self, errand: Errand) -> None:
        entry = errand.entry
        try:
            log_size = self._ship_log(errand)
            files = self._ship_products(errand)
            said = replace(entry.end.request, log_size=log_size, files=files)
            self._client.finish(entry.key, said, self._identity)
        except Refused as refusal:
            if refusal.code in INCOMPLETE and errand.failures < TRIES:
                raise Passing(refusal.message) from refusal
            logger.warning("%s: its end is dropped, the server says: %s", entry.end.name, refusal)
        else:
            logger.info("%s: %s.", entry.end.name, entry.end.request.outcome.value)
        self._journal.drop(entry)
        self._forget(errand)

    def _forget(self, errand: Errand) -> None:
        with self._changed:
            del self._errands[errand.entry.end.attempt_id]
        errand.done()

    def _ship_log(self, errand: Errand) -> int:
        """Send what the server lacks of the log; return how long it is to be there.

        It is tried first each time: after an outage, however long, it arrives whole. It never keeps
        an attempt from its end.
        """
        entry = errand.entry
        shipper = LogShipper(self._client, entry.key, LogFile(entry.log), self._pace)
        try:
            shipper.ship()
        except Refused as refusal:
            logger.warning("The server takes no more log: %s", refusal)
            return entry.end.request.log_size if refusal.code == FENCED else shipper.sent
        except Passing:
            if errand.failures < TRIES:
                raise
            return shipper.sent
        return entry.end.request.log_size

    def _ship_products(self, errand: Errand) -> list[str]:
        """Send the attempt's files, which never keep it from its end either; name what arrived.

        An attempt that has ended takes none: then it is the end's answer that was lost, and the end
        is said again as it was.
        """
        shipper = ProductShipper(self._client, errand.entry.key)
        arrived = []
        for path in products_in(errand.entry.products):
            try:
                shipper.ship(path)
            except Refused as refusal:
                logger.warning("The server does not take %s: %s", path.name, refusal)
                if refusal.code != FENCED:
                    continue
            except Passing:
                if errand.failures < TRIES:
                    raise
                continue
            arrived.append(path.name)
        return arrived
