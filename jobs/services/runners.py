"""Runners and their devices: enrolment with a one-time code, sessions, and what they report."""

import datetime as dt
import hmac
from typing import Any

from django.db import transaction
from django.utils import timezone
from ondol_runner.protocol import PROTOCOL, DeviceReport, EnrollRequest, SessionRequest, encode

from jobs.models import Attempt, Device, Runner
from jobs.services.clones import left_boots
from jobs.services.lifecycle import lose
from jobs.services.outcomes import tell_of_device
from jobs.services.runner_keys import check_public_key
from jobs.types import OPEN_ATTEMPT, RunnerState
from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.accounts.tokens import digest_of, new_secret
from portal.core.errors import Conflict, Forbidden, Invalid
from portal.core.ids import new_id
from portal.core.wakeups import wake
from portal.news.types import Happening

CODE_LIVES = dt.timedelta(minutes=30)
MOST_DEVICES = 64
# Two writes a call would be the dearest part of most calls.
SEEN_EVERY = dt.timedelta(seconds=5)


class WrongCode(Forbidden):
    code = "wrong_code"


class ProtocolTooOld(Invalid):
    code = "protocol_not_spoken"


class SessionReplaced(Conflict):
    code = "session_replaced"


@transaction.atomic
def invite_runner(user: User, name: str) -> tuple[Runner, str]:
    """Make a runner that waits for its agent, and the one-time code that connects it."""
    code = new_secret("oc_")[:27]
    runner = Runner.objects.create(
        name=name,
        owner=user,
        code_digest=digest_of(code),
        code_expires_at=timezone.now() + CODE_LIVES,
    )
    record(user, "runner.invite", name)
    return runner, code


def check_protocol(protocol: int) -> None:
    """Refuse a runner that is more than one version behind, or ahead of this server."""
    if protocol > PROTOCOL:
        raise ProtocolTooOld(
            f"This server speaks runner protocol {PROTOCOL}, the runner speaks {protocol}. "
            "Update the server, or install the runner that it serves: Devices, Add device."
        )
    if protocol < max(PROTOCOL - 1, 1):
        raise ProtocolTooOld(
            f"Runner protocol {protocol} is too old: this server speaks {PROTOCOL}. "
            "Install the runner that it serves: Devices, Add device."
        )


@transaction.atomic
def enroll(request: EnrollRequest) -> tuple[Runner, str]:
    """Connect an agent by its code, once, and return its secret, this once."""
    check_protocol(request.protocol)
    public_key = check_public_key(request.public_key)
    digest = digest_of(request.code)
    runner = Runner.objects.filter(
        state=RunnerState.WAITING, code_digest=digest, code_expires_at__gt=timezone.now()
    ).first()
    if runner is None or not hmac.compare_digest(runner.code_digest, digest):
        raise WrongCode(
            "This code is wrong, used or older than 30 minutes. "
            "Make a new one in the portal: Devices, Add device."
        )
    secret = new_secret("or_")
    # Conditional on the code: of two agents with one code, one gets in.
    taken = Runner.objects.filter(pk=runner.pk, code_digest=digest).update(
        state=RunnerState.CONNECTED,
        code_digest="",
        code_expires_at=None,
        token_digest=digest_of(secret),
        public_key=public_key,
        version=request.runner_version[:40],
        protocol=request.protocol,
        last_seen_at=timezone.now(),
    )
    if not taken:
        raise WrongCode("This code was used just now. Make a new one in the portal.")
    record(runner.owner, "runner.enroll", runner.name)
    wake("devices")
    runner.refresh_from_db()
    return runner, secret


@transaction.atomic
def open_session(runner: Runner, request: SessionRequest) -> tuple[str, list[str], list[str]]:
    """Begin a session: note the devices, and say which open attempts are still the runner's.

    A newer session replaces the older one. An attempt the runner does not know of was lost with its
    last process: it is taken back at once instead of when its lease ends.
    """
    check_protocol(request.protocol)
    if len(request.devices) > MOST_DEVICES:
        raise Invalid(f"One runner serves at most {MOST_DEVICES} devices.")
    session_id = new_id()
    now = timezone.now()
    if runner.session_id and runner.boot_id != request.boot_id[:64]:
        record(runner.owner, "runner.replace_session", runner.name)
    Runner.objects.filter(pk=runner.pk).update(
        session_id=session_id,
        boot_id=request.boot_id[:64],
        left_boots=left_boots(runner, request.boot_id[:64]),
        version=request.runner_version[:40],
        protocol=request.protocol,
        last_seen_at=now,
    )
    for report in request.devices:
        _note_device(runner, report, now)
    known = {attempt.attempt_id: attempt.epoch for attempt in request.open_attempts}
    ours = {
        attempt.pk: attempt
        for attempt in Attempt.objects.filter(runner=runner, state__in=OPEN_ATTEMPT)
    }
    keep = [pk for pk, attempt in ours.items() if known.get(pk) == attempt.epoch]
    for pk, attempt in ours.items():
        if pk not in keep:
            lose(attempt)
    wake("devices")
    return session_id, keep, [pk for pk in known if pk not in keep]


def _note_device(runner: Runner, report: DeviceReport, now: dt.datetime) -> None:
    passport: dict[str, Any] = encode(report.passport)
    device, is_new = Device.objects.update_or_create(
        runner=runner,
        name=report.name[:80],
        defaults={"passport": passport, "last_seen_at": now},
    )
    if is_new:
        tell_of_device(Happening.DEVICE_CONNECTED, device)


def seen(runner: Runner) -> None:
    """Note that a runner and its devices were in contact just now, as far as that is news."""
    now = timezone.now()
    if runner.last_seen_at is not None and now - runner.last_seen_at < SEEN_EVERY:
        return
    Runner.objects.filter(pk=runner.pk).update(last_seen_at=now)
    Device.objects.filter(runner=runner).update(last_seen_at=now)


def check_session(runner: Runner, session_id: str) -> None:
    """Refuse calls of an agent that a newer one has replaced."""
    current = Runner.objects.values_list("session_id", flat=True).get(pk=runner.pk)
    if current != session_id:
        raise SessionReplaced("Another agent uses this runner's key now: this one has to stop.")
