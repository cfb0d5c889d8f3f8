"""Jobs, attempts and leases in every order that calls can come in, over the real services."""

import datetime as dt
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ondol_runner.protocol import ClaimRequest, FinishRequest, OpenAttempt, Outcome, Reason

from jobs.models import Attempt, Job
from jobs.services.attempts import Fenced, beat, refuse, start
from jobs.services.benchmark_requests import request_benchmark
from jobs.services.benchmarks import KeyReused, finalize, finish
from jobs.services.dispatch import claim
from jobs.services.janitor import DUTY, run_round
from jobs.services.lifecycle import AlreadyEnded, StillOpen, WrongMove, cancel, retry
from jobs.services.logs import LogGap, append_log
from jobs.services.runners import SessionReplaced, open_session
from jobs.types import ENDED, OPEN_ATTEMPT, AttemptState, JobState
from portal.core.models import JanitorTick
from tests.faults.history import faults_of, shared_devices
from tests.faults.scenes import LOG, REPORT
from tests.jobs.scene import Board, connect, publish, session_of

BOARDS = ("one", "other")
REFUSALS = (Fenced, WrongMove, SessionReplaced, AlreadyEnded, StillOpen, KeyReused)
Pick = st.integers(0, 99)


class Dispatch(RuleBasedStateMachine):
    """Callers know attempts as they once were: what they say may be late, and is said anyway."""

    def __init__(self) -> None:
        super().__init__()
        self.grants: list[Attempt] = []
        self.ended: dict[int, tuple[Any, ...]] = {}

    @initialize()
    def open_a_lab(self) -> None:
        self.owner = self.cast_owner()
        self.boards: list[Board] = [connect(self.owner, name) for name in BOARDS]
        self.artifact = publish(self.owner)

    def cast_owner(self) -> Any:
        raise NotImplementedError

    @rule(board=Pick)
    def ask(self, board: int) -> None:
        request_benchmark(self.owner, self.artifact, self.boards[board % 2].device)

    @rule(board=Pick)
    def take(self, board: int) -> None:
        chosen = self.boards[board % 2]
        with suppress(*REFUSALS):
            grant = claim(chosen.runner, ClaimRequest(chosen.session, [chosen.device.name], 0))
            if grant is not None:
                self.grants.append(self.known(grant.attempt_id))

    def known(self, pk: str) -> Attempt:
        return Attempt.objects.select_related("job", "runner").get(pk=pk)

    def fresh(self, pick: int) -> Attempt:
        """Return an attempt as the server reads it at the begin of a call."""
        return self.known(self.grants[pick % len(self.grants)].pk)

    @precondition(lambda self: self.grants)
    @rule(pick=Pick, stale=st.booleans())
    def accept(self, pick: int, *, stale: bool) -> None:
        attempt = self.grants[pick % len(self.grants)] if stale else self.fresh(pick)
        with suppress(*REFUSALS):
            start(attempt)

    @precondition(lambda self: self.grants)
    @rule(pick=Pick)
    def hand_back(self, pick: int) -> None:
        with suppress(*REFUSALS):
            refuse(self.fresh(pick))

    @precondition(lambda self: self.grants)
    @rule(pick=Pick, fraction=st.floats(0, 1))
    def keep_alive(self, pick: int, fraction: float) -> None:
        with suppress(*REFUSALS):
            beat(self.fresh(pick), step="measure", fraction=fraction, text="")

    @precondition(lambda self: self.grants)
    @rule(pick=Pick, offset=st.sampled_from([None, 0, 5, 9, 10**6]))
    def write_log(self, pick: int, offset: int | None) -> None:
        attempt = self.fresh(pick)
        if attempt.state not in OPEN_ATTEMPT:
            return
        with suppress(LogGap):
            append_log(attempt, attempt.log_size if offset is None else offset, LOG)

    @precondition(lambda self: self.grants)
    @rule(pick=Pick, outcome=st.sampled_from(list(Outcome)), again=st.booleans())
    def report(self, pick: int, outcome: Outcome, *, again: bool) -> None:
        for _ in range(1 + again):
            attempt = self.fresh(pick)
            good = outcome == Outcome.SUCCEEDED
            result, reason = (REPORT, None) if good else (None, Reason.CRASHED)
            said = FinishRequest(attempt.epoch, outcome, attempt.log_size, reason, "", result)
            with suppress(*REFUSALS):
                finish(attempt, said, f"finish-{attempt.pk}")

    @rule(pick=Pick)
    def work_out(self, pick: int) -> None:
        job = self.some_job(pick, state=JobState.FINALIZING)
        if job is not None:
            finalize(job.pk)

    @rule(pick=Pick)
    def change_ones_mind(self, pick: int) -> None:
        job = self.some_job(pick)
        if job is not None:
            with suppress(*REFUSALS):
                cancel(job)

    @rule(pick=Pick)
    def run_again(self, pick: int) -> None:
        job = self.some_job(pick)
        if job is not None:
            with suppress(*REFUSALS):
                retry(self.owner, job)

    @rule(board=Pick, remembers=st.booleans())
    def restart_runner(self, board: int, *, remembers: bool) -> None:
        old = self.boards[board % 2]
        held = Attempt.objects.filter(runner=old.runner, state__in=OPEN_ATTEMPT)
        known = [OpenAttempt(row.pk, row.epoch) for row in held] if remembers else []
        request = session_of(old.device.name)
        session, _, _ = open_session(
            old.runner, type(request)(**{**vars(request), "open_attempts": known})
        )
        self.boards[board % 2] = Board(old.runner, old.secret, old.device, session)

    @rule(leases=st.sampled_from([0.4, 1.1, 3.0]), watched=st.booleans())
    def let_time_pass(self, leases: float, *, watched: bool) -> None:
        """Move every lease and wish into the past; `watched` says whether the janitor looked on."""
        passed = dt.timedelta(seconds=leases * settings.ENV.lease_s)
        for row in Attempt.objects.filter(state__in=OPEN_ATTEMPT):
            Attempt.objects.filter(pk=row.pk).update(lease_until=row.lease_until - passed)
        for job in Job.objects.filter(cancel_at__isnull=False):
            Job.objects.filter(pk=job.pk).update(cancel_at=job.cancel_at - passed)
        tick = timezone.now() - (dt.timedelta(0) if watched else passed)
        JanitorTick.objects.update_or_create(duty=DUTY, defaults={"ticked_at": tick})

    @rule()
    def sweep_twice(self) -> None:
        run_round()
        before = self.everything()
        run_round()
        assert self.everything() == before

    @rule(pick=Pick)
    def grow_old(self, pick: int) -> None:
        job = self.some_job(pick, state=JobState.QUEUED)
        if job is not None:
            Job.objects.filter(pk=job.pk).update(expires_at=timezone.now() - dt.timedelta(1))

    def some_job(self, pick: int, **wanted: object) -> Job | None:
        found = list(Job.objects.filter(**wanted).order_by("id"))
        return found[pick % len(found)] if found else None

    def everything(self) -> tuple[list[Any], list[Any]]:
        left_out = {"lease_until"}
        attempts = [
            {name: value for name, value in row.items() if name not in left_out}
            for row in Attempt.objects.order_by("pk").values()
        ]
        return list(Job.objects.order_by("pk").values()), attempts

    @invariant()
    def an_end_is_for_good(self) -> None:
        for job in Job.objects.filter(state__in=ENDED):
            now = (job.state, job.ended_at, job.failure_reason, job.result)
            assert self.ended.setdefault(job.pk, now) == now

    @invariant()
    def an_open_job_is_held_by_one_or_waits(self) -> None:
        for job in Job.objects.exclude(state__in=ENDED):
            states = list(job.attempts.filter(state__in=OPEN_ATTEMPT).values_list("state"))
            expected = {
                JobState.ASSIGNED: [(AttemptState.OFFERED,)],
                JobState.RUNNING: [(AttemptState.RUNNING,)],
            }
            assert states == expected.get(JobState(job.state), []), job.state

    def teardown(self) -> None:
        """Let everybody fall silent: every job has to come to its one end by itself."""
        if not hasattr(self, "boards"):
            return
        for _ in range(4):
            self.let_time_pass(3.0, watched=True)
            Job.objects.update(expires_at=timezone.now() - dt.timedelta(1))
            Attempt.objects.filter(state=JobState.FINALIZING).update(ended_at=timezone.now())
            for job in Job.objects.filter(state=JobState.FINALIZING):
                finalize(job.pk)
            run_round()
        broken = [f"{job}: {fault}" for job in Job.objects.all() for fault in self.faults(job)]
        assert broken + shared_devices() == []

    def faults(self, job: Job) -> list[str]:
        # Time was moved under the attempts, and reports name a log that went on.
        told = ("after its lease", "its runner wrote")
        return [fault for fault in faults_of(job, 60) if not any(words in fault for words in told)]
