"""Why a queued job does not begin, said while it waits."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobs.matching import engines_of, spell_needs
from jobs.models import Device, Job
from jobs.selectors.devices import devices_for, holder_of, is_online, may_run_on
from jobs.types import JobKind, JobState, RunnerState, WaitCode

MOST_NAMED = 3


@dataclass(frozen=True)
class Waiting:
    """What a job waits for besides its turn: a code for programs, a sentence for people."""

    code: WaitCode
    message: str


def waits_for(job: Job, attached: Iterable[Device] | None = None) -> Waiting | None:
    """Return why a queued job cannot begin now, or nothing where only its turn is missing.

    Who asks for many jobs gives the attached devices once.
    """
    if job.state != JobState.QUEUED or job.kind != JobKind.BENCHMARK:
        return None
    if job.any_device:
        return _waits_for_any(job, attached)
    name = job.spec.get("device_name", "")
    if job.device is None:
        return Waiting(WaitCode.NO_DEVICE, f"{name} was removed. Run the job on another device.")
    return _lacks(job, job.device) or _holds_back(job, job.device)


def _waits_for_any(job: Job, attached: Iterable[Device] | None) -> Waiting | None:
    """Say what holds every suitable device back; a busy one is merely not free yet."""
    suited = devices_for(job, attached)
    if not suited:
        needs = spell_needs(job.engine, job.abilities.splitlines(), job.spec["threads"])
        return Waiting(
            WaitCode.NO_DEVICE,
            f"No attached device has {needs}. Connect one, or run the job with another engine.",
        )
    reasons = [_holds_back(job, device) for device in suited]
    found = [reason for reason in reasons if reason is not None]
    if len(found) < len(reasons):
        return None
    return Waiting(found[0].code, " ".join(reason.message for reason in found[:MOST_NAMED]))


def _lacks(job: Job, device: Device) -> Waiting | None:
    """Say what keeps the device from ever running the job as things stand."""
    if device.runner.state != RunnerState.CONNECTED:
        return Waiting(
            WaitCode.NO_DEVICE,
            f"{device.name} is not attached any more: its runner was revoked. "
            "Connect it again, or run the job on another device.",
        )
    if job.engine not in engines_of(device.passport):
        return Waiting(
            WaitCode.NO_DEVICE,
            f"{device.name} has no engine {job.engine} any more. "
            "Install it there, or run the job on another device.",
        )
    return None


def _holds_back(job: Job, device: Device) -> Waiting | None:
    if not may_run_on(job.created_by, device):
        return Waiting(
            WaitCode.NOT_ALLOWED,
            f"{device.name} is not open to {job.created_by} any more. "
            f"Ask {device.runner.owner}, or run the job on another device.",
        )
    holder = holder_of(device)
    if holder is not None and holder.pk != job.created_by_id:
        until = f"{device.reserved_until:%Y-%m-%d %H:%M} UTC"
        message = f"{device.name} is reserved by {holder} until {until}. The job begins after it."
        return Waiting(WaitCode.DEVICE_RESERVED, message)
    if device.paused:
        return Waiting(WaitCode.DEVICE_PAUSED, f"{device.name} is paused. Resume it to go on.")
    if not is_online(device):
        return Waiting(
            WaitCode.DEVICE_OFFLINE,
            f"{device.name} is offline. The job begins when its runner is back.",
        )
    return None
