"""Why a queued job does not begin, said while it waits."""

from collections.abc import Iterable
from dataclasses import dataclass

from ondol_runner.protocol import Sentence, sentence, spelled

from jobs.matching import engines_of
from jobs.models import Device, Job
from jobs.selectors.devices import devices_for, holder_of, is_online, may_run_on
from jobs.types import JobKind, JobState, RunnerState, WaitCode

MOST_NAMED = 3


@dataclass(frozen=True)
class Waiting:
    """What a job waits for besides its turn: a code for programs, sentences for people."""

    code: WaitCode
    sentences: tuple[Sentence, ...]

    @property
    def message(self) -> str:
        return spelled(self.sentences)


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
        removed = sentence(
            "device_removed", "{device} was removed. Run the job on another device.", device=name
        )
        return Waiting(WaitCode.NO_DEVICE, (removed,))
    return _lacks(job, job.device) or _holds_back(job, job.device)


def _waits_for_any(job: Job, attached: Iterable[Device] | None) -> Waiting | None:
    """Say what holds every suitable device back; a busy one is merely not free yet."""
    suited = devices_for(job, attached)
    if not suited:
        threads = job.spec["threads"]
        needs = [job.engine, *job.abilities.splitlines(), *[f"cores>={threads}"] * (threads > 1)]
        none = sentence(
            "none_suits",
            "No attached device has what it needs: {needs}. "
            "Connect one, or run the job with another engine.",
            needs=", ".join(needs),
        )
        return Waiting(WaitCode.NO_DEVICE, (none,))
    reasons = [_holds_back(job, device) for device in suited]
    found = [reason for reason in reasons if reason is not None]
    if len(found) < len(reasons):
        return None
    said = [one for reason in found[:MOST_NAMED] for one in reason.sentences]
    return Waiting(found[0].code, tuple(said))


def _lacks(job: Job, device: Device) -> Waiting | None:
    """Say what keeps the device from ever running the job as things stand."""
    if device.runner.state != RunnerState.CONNECTED:
        revoked = sentence(
            "device_revoked",
            "{device} is not attached any more: its runner was revoked. "
            "Connect it again, or run the job on another device.",
            device=device.name,
        )
        return Waiting(WaitCode.NO_DEVICE, (revoked,))
    if job.engine not in engines_of(device.passport):
        lost = sentence(
            "device_lost_engine",
            "{device} has no engine {engine} any more. "
            "Install it there, or run the job on another device.",
            device=device.name,
            engine=job.engine,
        )
        return Waiting(WaitCode.NO_DEVICE, (lost,))
    return None


def _holds_back(job: Job, device: Device) -> Waiting | None:
    if not may_run_on(job.created_by, device):
        closed = sentence(
            "device_closed",
            "{device} is not open to {name} any more. "
            "Ask {owner}, or run the job on another device.",
            device=device.name,
            name=job.created_by,
            owner=device.runner.owner,
        )
        return Waiting(WaitCode.NOT_ALLOWED, (closed,))
    holder = holder_of(device)
    if holder is not None and holder.pk != job.created_by_id:
        reserved = sentence(
            "device_reserved",
            "{device} is reserved by {holder} until {until} UTC. The job begins after it.",
            device=device.name,
            holder=holder,
            until=f"{device.reserved_until:%Y-%m-%d %H:%M}",
        )
        return Waiting(WaitCode.DEVICE_RESERVED, (reserved,))
    if device.paused:
        paused = sentence(
            "device_paused", "{device} is paused. Resume it to go on.", device=device.name
        )
        return Waiting(WaitCode.DEVICE_PAUSED, (paused,))
    if not is_online(device):
        offline = sentence(
            "device_offline",
            "{device} is offline. The job begins when its runner is back.",
            device=device.name,
        )
        return Waiting(WaitCode.DEVICE_OFFLINE, (offline,))
    return None
