"""One attempt, from the offer to its end: accept, fetch, measure, report, clean up."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ondol_runner import protocol
from ondol_runner.child import Child
from ondol_runner.client import AttemptKey, Client, Refused
from ondol_runner.config import Config, Home
from ondol_runner.courier import Courier
from ondol_runner.disk import disk_fault
from ondol_runner.downloads import Downloader
from ondol_runner.faults import Fault
from ondol_runner.fitness import check_fitness
from ondol_runner.heartbeat import HeartbeatOrders
from ondol_runner.journal import End, Entry, Journal
from ondol_runner.lease import kept_lease
from ondol_runner.logs import LogFile, LogShipper
from ondol_runner.masking import Secret
from ondol_runner.measure import death_of
from ondol_runner.messages import MeasureOutcome, MeasureRequest
from ondol_runner.orders import Order, Ordered, Orders
from ondol_runner.products import products_in, write_samples
from ondol_runner.protocol import (
    BenchmarkResult,
    FinishRequest,
    Grant,
    Outcome,
    Reason,
    SessionReply,
    sentence,
)
from ondol_runner.retry import Passing, patiently
from ondol_runner.status import REPORT, StatusFile
from ondol_runner.workspace import Workspace, workspace_at

MIB = 2**20

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What all attempts of a runner share."""

    client: Client
    config: Config
    home: Home
    downloader: Downloader
    journal: Journal
    courier: Courier
    secrets: tuple[Secret, ...]


@dataclass(frozen=True)
class Ending:
    """How the work went, before it is reported."""

    outcome: Outcome
    fault: Fault | None = None
    result: BenchmarkResult | None = None


@dataclass(frozen=True)
class Share:
    """One file's part of the whole download."""

    status: StatusFile
    number: int
    files: int
    size_bytes: int

    def tell(self, done: int) -> None:
        part = done / max(self.size_bytes, 1)
        text = f"{done / MIB:.1f} of {self.size_bytes / MIB:.1f} MiB"
        self.status.write("download", (self.number + part) / self.files, text)


class Attempt:
    """One grant at work. `over` says that the server knows its end or gave it to somebody else."""

    def __init__(self, grant: Grant, session: SessionReply, around: Surroundings) -> None:
        self.attempt_id = grant.attempt_id
        self.epoch = grant.epoch
        self.device = grant.device
        self.name = f"job {grant.job_id}, attempt {grant.epoch}"
        self.orders = Orders()
        self.over = False
        self._grant = grant
        self._session = session
        self._around = around
        self._durations = around.config.durations
        self._key = AttemptKey(grant.attempt_id, grant.epoch, Secret(grant.token))

    def run(self) -> None:
        """Do all of it; whatever happens stays inside and leaves neither process nor file."""
        try:
            if self._accept():
                with workspace_at(self._folder()) as workspace:
                    self._serve(workspace)
        except Ordered as ordered:
            self.over = ordered.order in {Order.LOST, Order.FENCED}
            logger.info("%s: ended without a report (%s).", self.name, ordered)
        except Exception:
            logger.exception("%s: broke off.", self.name)

    def _folder(self) -> Path:
        # The id is the server's word, so it is no path of ours.
        digest = hashlib.sha256(self.attempt_id.encode()).hexdigest()[:12]
        return self._around.home.work / f"job-{self._grant.job_id}-{digest}"

    def _accept(self) -> bool:
        """Take the offer if this host can serve it, else refuse it; answer whether it is ours."""
        client, accept_within_s = self._around.client, self._grant.accept_within_s
        try:
            check_fitness(self._grant, self._around.config, self._around.downloader.cache)
            answer = functools.partial(client.accept, self._key)
        except Fault as fault:
            logger.warning("%s: refused: %s", self.name, fault)
            answer = functools.partial(client.refuse, self._key, fault.reason, fault.message)
            self.over = True
        try:
            patiently(
                answer,
                pace=self._durations.pace,
                limit_s=accept_within_s,
                sleep=self.orders.sleep,
            )
        except (Passing, Refused) as fault:
            logger.warning("%s: the offer is gone: %s", self.name, fault)
            return False
        return not self.over

    def _serve(self, workspace: Workspace) -> None:
        logger.info("%s: started on %s.", self.name, self.device)
        log = LogFile(workspace.log, secrets=(*self._around.secrets, self._key.token))
        shipper = LogShipper(self._around.client, self._key, log, self._durations.pace)
        with kept_lease(self._heartbeat_orders(workspace), self.orders):
            with self._shipping(shipper):
                ending = self._work(workspace, log)
            self._report(ending, workspace)
        self.over = True

    def _work(self, workspace: Workspace, log: LogFile) -> Ending:
        """Fetch and measure; every end but a silent one becomes an Ending."""
        try:
            self._fetch(workspace, log)
            result = self._measure(workspace, log)
            # A full disk costs the table, not the result.
            with contextlib.suppress(OSError):
                write_samples(result, workspace.products)
        except Fault as fault:
            log.write_line(f"Failed ({fault.reason.value}): {fault.message}")
            return Ending(Outcome.FAILED, fault)
        except Ordered as ordered:
            if ordered.order >= Order.LOST:
                raise
            log.write_line("Cancelled.")
            return Ending(Outcome.CANCELLED)
        except OSError as error:
            return Ending(Outcome.FAILED, disk_fault(error))
        except Exception:
            logger.exception("%s: an unforeseen fault.", self.name)
            said = sentence(
                "runner_fault",
                "The runner met a fault that it does not know; the device's own log has it.",
            )
            return Ending(Outcome.FAILED, Fault(Reason.UNKNOWN, said))
        log.write_line("Done.")
        return Ending(Outcome.SUCCEEDED, result=result)

    def _fetch(self, workspace: Workspace, log: LogFile) -> None:
        """Bring the model and its samples into the workspace."""
        workspace.status.write("download", 0.0, "")
        spec = self._grant.spec
        wanted = [(file, workspace.model_file(file.path)) for file in spec.artifact.files]
        if spec.samples is not None:
            wanted.append((spec.samples, workspace.samples))
        for number, (file, target) in enumerate(wanted):
            log.write_line(f"Fetching {file.path} ({file.size_bytes / MIB:.1f} MiB)")
            share = Share(workspace.status, number, len(wanted), file.size_bytes)
            self._around.downloader.bring(file, target, self._key, self.orders, share.tell)

    def _measure(self, workspace: Workspace, log: LogFile) -> BenchmarkResult:
        spec = self._grant.spec
        log.write_line(
            f"Measuring with {spec.engine.value}: {spec.sampling.launches} launches, "
            f"{spec.threads} thread{'s' * (spec.threads > 1)}"
        )
        request = MeasureRequest(
            spec=spec,
            model_dir=str(workspace.model),
            scratch=str(workspace.scratch),
            status=str(workspace.status.path),
            outcome=str(workspace.outcome),
            host_lock=str(self._around.config.host_lock_path),
            host_wait_s=self._durations.host_wait_s,
            samples=str(workspace.samples) if spec.samples is not None else None,
            operators=str(workspace.products / "operators.csv"),
            parent_pid=os.getpid(),
        )
        workspace.request.write_text(json.dumps(protocol.encode(request)), encoding="utf-8")
        self.orders.check()
        child = Child(
            "ondol_runner.measure", [str(workspace.request)], workspace.scratch, log, self.orders
        )
        returncode = child.supervise(
            workspace.status,
            term_grace_s=self._durations.term_grace_s,
            stall_s=self._durations.stall_s,
        )
        return _read_outcome(workspace.outcome, returncode)

    def _report(self, ending: Ending, workspace: Workspace) -> None:
        """Write down how it went, then say so; a cancel that comes now comes too late.

        From here on neither a kill nor an outage loses it. The device is not kept waiting longer
        than for the grace: the courier goes on without it.
        """
        with contextlib.suppress(OSError):
            workspace.status.write(REPORT, 1.0, "")
        fault = ending.fault
        request = FinishRequest(
            epoch=self.epoch,
            outcome=ending.outcome,
            log_size=workspace.log.stat().st_size,
            reason=fault.reason if fault else None,
            message=fault.message if fault else "",
            result=ending.result,
            sentences=list(fault.sentences) if fault else [],
        )
        end = End(self.attempt_id, self._grant.token, self.name, request)
        entry = self._write_down(end, workspace)
        courier, orders = self._around.courier, self.orders
        courier.take(entry, done=orders.ring)
        orders.wait(
            lambda: not courier.carries(entry) or (orders.current or 0) >= Order.STOP,
            self._session.offline_grace_s,
        )

    def _write_down(self, end: End, workspace: Workspace) -> Entry:
        """Put an end into the journal; where the disk has no room, it is sent from where it is."""
        try:
            return self._around.journal.keep(end, workspace.log, products_in(workspace.products))
        except OSError as error:
            logger.warning("%s: a stop now would lose its end: %s", self.name, error.strerror)
            return Entry(end, workspace.path)

    @contextlib.contextmanager
    def _shipping(self, shipper: LogShipper) -> Iterator[None]:
        ended = threading.Event()
        every_s = self._durations.log_every_s
        thread = threading.Thread(
            target=shipper.keep_shipping, args=(ended,), kwargs={"every_s": every_s}, daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _heartbeat_orders(self, workspace: Workspace) -> HeartbeatOrders:
        config = self._around.config
        return HeartbeatOrders(
            server=config.server,
            ca_file=config.ca_file,
            attempt_id=self.attempt_id,
            epoch=self.epoch,
            token=self._grant.token,
            status=str(workspace.status.path),
            log=str(workspace.log),
            heartbeat_s=self._session.heartbeat_s,
            offline_grace_s=self._session.offline_grace_s,
            retry_first_s=self._durations.retry_first_s,
            retry_longest_s=self._durations.retry_longest_s,
        )


def _read_outcome(path: Path, returncode: int) -> BenchmarkResult:
    try:
        outcome = protocol.decode(MeasureOutcome, json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise death_of(returncode, memory_kill=False) from error
    if outcome.fault is not None:
        raise outcome.fault.fault()
    if outcome.result is None:
        raise Fault(Reason.UNKNOWN, sentence("no_result", "The measurement gave no result."))
    return outcome.result
