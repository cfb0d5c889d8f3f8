"""The runner at work: a session, a claim loop, and one attempt at a time on each device."""

from __future__ import annotations

import collections
import logging
import threading
import time

from ondol_runner.attempt import Attempt, Surroundings
from ondol_runner.client import UNAUTHORIZED, Client, Refused
from ondol_runner.config import Config, Home
from ondol_runner.courier import Courier
from ondol_runner.downloads import Cache, Downloader
from ondol_runner.faults import Dismissed, Trouble
from ondol_runner.identity import Identity
from ondol_runner.journal import Journal
from ondol_runner.masking import Secret
from ondol_runner.orders import Order
from ondol_runner.probe import boot_id, probe
from ondol_runner.protocol import (
    ClaimRequest,
    DeviceReport,
    Grant,
    OpenAttempt,
    SessionReply,
    SessionRequest,
)
from ondol_runner.retry import Passing, patiently
from ondol_runner.systemd import notify
from ondol_runner.version import VERSION
from ondol_runner.workspace import clear_workspaces

STOP_S = 10.0
PING_S = 20.0
ALIVE = "WATCHDOG=1"
REMEMBERED = 256
DOWNLOAD_PATIENCE_S = 600.0
CONFLICT = 409
GONE = frozenset({404, 410})

logger = logging.getLogger(__name__)


class Agent:
    """Serves one home until it is interrupted, or until the server wants it no more."""

    def __init__(self, home: Home, config: Config, token: Secret, client: Client) -> None:
        self._home = home
        self._config = config
        self._token = token
        self._identity = Identity.read(home.key_file)
        self._client = client
        cache = Cache(home.cache, config.cache_bytes)
        journal = Journal(home.journal)
        self._around = Surroundings(
            client=client,
            config=config,
            home=home,
            downloader=Downloader(client, cache, config.durations.pace, DOWNLOAD_PATIENCE_S),
            journal=journal,
            courier=Courier(client, journal, config.durations.pace, self._identity),
            secrets=(token,),
        )
        self._changed = threading.Condition()
        self._running: dict[str, tuple[Attempt, threading.Thread]] = {}
        self._over: collections.deque[str] = collections.deque(maxlen=REMEMBERED)

    def run(self) -> None:
        """Claim and serve for ever; raise Trouble where only a person can help.

        Attempts still at work on leaving are ended, and nothing of them is reported: the server
        takes them back. What was finished before is reported at the next start.
        """
        with self._home.only_runner():
            clear_workspaces(self._home.work)
            self._home.cache.mkdir(parents=True, exist_ok=True)
            self._around.courier.start()
            notify("READY=1", f"STATUS=Looking for {self._config.server}")
            try:
                while True:
                    self._claim_until_gone(self._open_session())
            finally:
                notify("STOPPING=1")
                self._stop_all()

    def _open_session(self) -> SessionReply:
        with self._changed:
            attempts = [attempt for attempt, _ in self._running.values()]
        passport = probe(self._home.path)
        request = SessionRequest(
            boot_id=boot_id(),
            runner_version=VERSION,
            devices=[DeviceReport(device.name, passport) for device in self._config.devices],
            open_attempts=[
                *(OpenAttempt(attempt.attempt_id, attempt.epoch) for attempt in attempts),
                *self._around.courier.open_attempts(),
            ],
        )
        try:
            session = patiently(
                lambda: self._client.session(self._token, request, self._identity),
                pace=self._config.durations.pace,
                limit_s=None,
                sleep=_pause,
                notice=_tell_outage,
            )
        except Refused as refusal:
            raise _trouble(refusal) from refusal
        for attempt in attempts:
            if attempt.attempt_id in session.kill:
                attempt.orders.give(Order.FENCED)
        logger.info("Connected to %s; waiting for jobs.", self._config.server)
        notify(ALIVE, f"STATUS=Connected to {self._config.server}")
        return session

    def _claim_until_gone(self, session: SessionReply) -> None:
        """Claim for every free device; return once the server has forgotten the session."""
        while True:
            notify(ALIVE)
            free = self._wait_for_free_devices()
            asked_at = time.monotonic()
            try:
                grant = self._claim(session, free)
            except Refused as refusal:
                if refusal.status not in GONE:
                    raise _trouble(refusal) from refusal
                logger.info("The server has forgotten this session; opening another.")
                time.sleep(self._config.durations.claim_spacing_s)
                return
            if grant is not None and self._start(grant, session):
                continue
            # An empty answer that comes at once, or a known offer, is not asked for in a row.
            spent_s = time.monotonic() - asked_at
            time.sleep(max(0.0, self._config.durations.claim_spacing_s - spent_s))

    def _claim(self, session: SessionReply, free: list[str]) -> Grant | None:
        request = ClaimRequest(session.session_id, free, session.claim_wait_s)
        return patiently(
            lambda: self._client.claim(self._token, request),
            pace=self._config.durations.pace,
            limit_s=None,
            sleep=_pause,
            notice=_tell_outage,
        )

    def _wait_for_free_devices(self) -> list[str]:
        names = [device.name for device in self._config.devices]
        with self._changed:
            while not (free := [name for name in names if name not in self._running]):
                notify(ALIVE)
                self._changed.wait(PING_S)
            return free

    def _start(self, grant: Grant, session: SessionReply) -> bool:
        """Begin an attempt, unless it is known: an offer comes again until it is accepted."""
        with self._changed:
            at_work = {attempt.attempt_id for attempt, _ in self._running.values()}
            known = grant.attempt_id in at_work or grant.attempt_id in self._over
            if known or grant.device in self._running:
                return False
            attempt = Attempt(grant, session, self._around)
            thread = threading.Thread(target=self._serve, args=(attempt,), daemon=True)
            self._running[grant.device] = (attempt, thread)
            thread.start()
            return True

    def _serve(self, attempt: Attempt) -> None:
        attempt.run()
        with self._changed:
            if attempt.over:
                self._over.append(attempt.attempt_id)
            del self._running[attempt.device]
            self._changed.notify_all()

    def _stop_all(self) -> None:
        with self._changed:
            running = list(self._running.values())
        for attempt, _ in running:
            attempt.orders.give(Order.STOP)
        for _, thread in running:
            thread.join(STOP_S)


def _pause(seconds: float) -> None:
    """Wait, and tell whoever watches over this program that it does so on purpose."""
    until = time.monotonic() + seconds
    while (left_s := until - time.monotonic()) > 0:
        notify(ALIVE)
        time.sleep(min(left_s, PING_S))


def _tell_outage(fault: Passing) -> None:
    logger.warning("%s Trying again until it answers; 'ondol-runner doctor' finds out why.", fault)


def _trouble(refusal: Refused) -> Trouble:
    """Say in one sentence what the person in charge can do about a final refusal."""
    if refusal.status in UNAUTHORIZED:
        return Dismissed(
            f"The server does not accept this runner's credential ({refusal}): enroll it again "
            "with 'ondol-runner enroll --replace'."
        )
    if refusal.status == CONFLICT:
        return Dismissed(
            f"Another process took over this runner's session ({refusal}): only one may run. "
            "If this home was copied from another machine, enroll it anew."
        )
    return Trouble(f"The server refuses this runner: {refusal}")
