"""Keeping devices: who may run jobs there, pauses, reservations, and runners that must go."""

import contextlib
import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs.models import Attempt, Device, DeviceProfile, Runner
from jobs.selectors.devices import holder_of, may_keep, may_run_on
from jobs.services.lifecycle import WrongMove, lose
from jobs.services.outcomes import tell_of_device
from jobs.types import OPEN_ATTEMPT, DeviceAccess, RunnerState
from portal.accounts.models import Team, User
from portal.accounts.selectors.people import may_maintain
from portal.accounts.services.audit import record
from portal.core.errors import Conflict, Forbidden, invalid_field
from portal.core.wakeups import wake
from portal.news.types import Happening

LONGEST_RESERVATION = dt.timedelta(days=7)


class Reserved(Conflict):
    code = "device_reserved"


class NotYours(Forbidden):
    code = "not_your_reservation"


@transaction.atomic
def change_device(user: User, device: Device, changes: dict[str, Any]) -> None:
    """Change who may run jobs on a device, which class of board it is, or pause and resume it.

    A team is one of the person's own: what somebody shares, they share with their colleagues.
    """
    if "team" in changes:
        changes["team"] = _team(user, changes["team"])
    if "profile" in changes:
        changes["profile"] = _profile(changes["profile"])
    access = changes.get("access", device.access)
    if access == DeviceAccess.TEAM and changes.get("team", device.team) is None:
        raise invalid_field("team", "Name the team whose members may run jobs on the device.")
    Device.objects.filter(pk=device.pk).update(**changes)
    record(user, "device.change", device.name, fields=", ".join(sorted(changes)))
    _tell(device)


def _profile(slug: str | None) -> DeviceProfile | None:
    profile = DeviceProfile.objects.filter(slug=slug).first() if slug else None
    if slug and profile is None:
        raise invalid_field("profile", f"There is no class of boards '{slug}'.")
    return profile


def _team(user: User, slug: str | None) -> Team | None:
    if not slug:
        return None
    teams = Team.objects.filter(namespace__slug=slug)
    if not may_maintain(user):
        teams = teams.filter(memberships__user=user)
    team = teams.first()
    if team is None:
        raise invalid_field("team", f"You are in no team '{slug}'.")
    return team


@transaction.atomic
def reserve(user: User, device: Device, until: dt.datetime) -> None:
    """Keep a device for a person until then: jobs of others wait. Asking again moves the end."""
    now = timezone.now()
    if not now < until <= now + LONGEST_RESERVATION:
        raise invalid_field("until", "Choose an end within the next 7 days.")
    if not may_run_on(user, device):
        told = f"{device.name} is not open to you. Ask {device.runner.owner}."
        raise NotYours(told, code="device_not_allowed")
    free = Q(reserved_by=None) | Q(reserved_by=user) | Q(reserved_until__lte=now)
    # Conditional: of two people who ask at once, one gets the device.
    if not Device.objects.filter(free, pk=device.pk).update(reserved_by=user, reserved_until=until):
        raise Reserved(
            f"{device.name} is reserved by somebody else. Try again after its end, or ask them."
        )
    record(user, "device.reserve", device.name, until=until.isoformat())
    _tell(device)


@transaction.atomic
def release(user: User, device: Device) -> None:
    """End a reservation early; that of somebody else only for who owns or keeps the device."""
    holder = holder_of(device)
    if holder is None:
        return
    if holder.pk != user.pk and not may_keep(user, device):
        who = " or ".join(dict.fromkeys(map(str, (holder, device.runner.owner))))
        raise NotYours(f"The reservation ends by itself. Ask {who} or a maintainer to end it now.")
    Device.objects.filter(pk=device.pk).update(reserved_by=None, reserved_until=None)
    record(user, "device.release", device.name)
    _tell(device)


@transaction.atomic
def revoke_runner(user: User, runner: Runner) -> None:
    """Take a runner's credential for ever; what it works on goes back into the queue."""
    Runner.objects.filter(pk=runner.pk).update(
        state=RunnerState.REVOKED,
        token_digest=None,
        public_key="",
        session_id="",
        code_digest="",
        code_expires_at=None,
    )
    for attempt in Attempt.objects.filter(runner=runner, state__in=OPEN_ATTEMPT):
        with contextlib.suppress(WrongMove):
            lose(attempt)
    for device in runner.devices.all():
        tell_of_device(Happening.DEVICE_REVOKED, device)
    record(user, "runner.revoke", runner.name)
    wake(runner.topic)
    wake("devices")


def _tell(device: Device) -> None:
    wake("devices")
    wake("jobs")
    wake(device.runner.topic)
