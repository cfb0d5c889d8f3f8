"""Reading devices, runners and what was measured."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from jobs.matching import cores_of, engines_of, has_abilities
from jobs.models import Attempt, Benchmark, Device, DeviceProfile, Job, Runner
from jobs.types import OPEN_ATTEMPT, DeviceAccess, JobState, RunnerState
from portal.accounts.models import TeamMembership, User
from portal.accounts.selectors.people import KEEPERS, may_maintain
from portal.accounts.tokens import digest_of
from portal.core.errors import Forbidden, NotFound
from repository.models import Artifact, Revision


class NoSuchDevice(NotFound):
    code = "no_such_device"


class MayNotKeep(Forbidden):
    code = "not_your_device"


class NoSuchRunner(NotFound):
    code = "no_such_runner"


def list_devices(runner: RunnerState = RunnerState.CONNECTED) -> QuerySet[Device]:
    """Return every device with its queue and what it runs at the moment.

    Those of revoked runners are asked for by themselves: they run nothing, but their jobs remain.
    """
    running = Attempt.objects.filter(state__in=OPEN_ATTEMPT)
    return (
        Device.objects.filter(runner__state=runner)
        .select_related("runner__owner", "profile", "team__namespace", "reserved_by")
        .annotate(queue_length=Count("jobs", filter=Q(jobs__state=JobState.QUEUED), distinct=True))
        .prefetch_related(Prefetch("attempts", running, to_attr="open_attempts"))
        .order_by("name", "id")
    )


def get_device(device_id: str) -> Device:
    device = list_devices().filter(pk=device_id).first()
    if device is None:
        raise NoSuchDevice("There is no such device. Look at the list of devices.")
    return device


def get_kept_device(user: User, device_id: str) -> Device:
    """Return a device for who owns it or keeps the devices; others are refused."""
    device = get_device(device_id)
    if not may_keep(user, device):
        raise MayNotKeep(f"Only {device.runner.owner} and maintainers change {device.name}.")
    return device


def may_keep(user: User, device: Device) -> bool:
    return device.runner.owner_id == user.pk or may_maintain(user)


def may_run_on(user: User, device: Device) -> bool:
    """Say whether a person's jobs may run on a device."""
    if device.access == DeviceAccess.EVERYONE or may_keep(user, device):
        return True
    if device.access != DeviceAccess.TEAM or device.team_id is None:
        return False
    return TeamMembership.objects.filter(team=device.team_id, user=user).exists()


def holder_of(device: Device) -> User | None:
    """Return who has the device for themselves at the moment."""
    until = device.reserved_until
    return device.reserved_by if until is not None and until > timezone.now() else None


def jobs_open_to(device: Device) -> Q:
    """Return the condition on jobs that a device may take as things stand; see `may_run_on`."""
    fits = Q(device=device) | (Q(any_device=True, device=None) & _suits(device))
    fits &= Q(engine__in=list(engines_of(device.passport)))
    holder = holder_of(device)
    if holder is not None:
        return fits & Q(created_by=holder)
    if device.access == DeviceAccess.EVERYONE:
        return fits
    allowed = Q(created_by=device.runner.owner_id) | Q(created_by__role__in=KEEPERS)
    if device.access == DeviceAccess.TEAM and device.team_id is not None:
        members = TeamMembership.objects.filter(team=device.team_id)
        allowed |= Q(created_by__in=members.values("user"))
    return fits & allowed


def _suits(device: Device) -> Q:
    """Return the condition on jobs for any device that this one is able to do."""
    wanted = Job.objects.filter(state=JobState.QUEUED, any_device=True).order_by()
    kinds = wanted.values_list("abilities", flat=True).distinct()
    able = [kind for kind in kinds if has_abilities(device.passport, kind.splitlines())]
    return Q(abilities__in=able, spec__threads__lte=cores_of(device.passport))


def suited_devices(
    engine: str, abilities: Sequence[str], threads: int, attached: Iterable[Device] | None = None
) -> list[Device]:
    """Return the attached devices that are able to run such a job, busy or not."""
    return [
        device
        for device in (list_devices() if attached is None else attached)
        if engine in engines_of(device.passport)
        and has_abilities(device.passport, abilities)
        and threads <= cores_of(device.passport)
    ]


def devices_for(job: Job, attached: Iterable[Device] | None = None) -> list[Device]:
    """Return what is able to run a job for any device, of those attached where they are known."""
    return suited_devices(job.engine, job.abilities.splitlines(), job.spec["threads"], attached)


def takers(job: Job, attached: Iterable[Device] | None = None) -> list[Device]:
    """Return the idle devices that may take a job for any device now."""
    return [
        device
        for device in devices_for(job, attached)
        if not device.paused
        and is_online(device)
        and not device.attempts.filter(state__in=OPEN_ATTEMPT).exists()
        and holder_of(device) in {None, job.created_by}
        and may_run_on(job.created_by, device)
    ]


def list_runners(user: User) -> QuerySet[Runner]:
    """Return a person's own runners, or all for who keeps the devices."""
    runners = Runner.objects.select_related("owner").prefetch_related("devices")
    if not may_maintain(user):
        runners = runners.filter(owner=user)
    return runners.order_by("name", "id")


def is_online(device: Device) -> bool:
    within = dt.timedelta(seconds=settings.ENV.online_within_s)
    return device.last_seen_at is not None and device.last_seen_at > timezone.now() - within


def get_runner(user: User, runner_id: str) -> Runner:
    """Return a runner of the caller's own, or any for who keeps the devices."""
    runner = list_runners(user).filter(pk=runner_id).first()
    if runner is None:
        raise NoSuchRunner("There is no such runner of yours.")
    return runner


def find_runner(secret: str) -> Runner | None:
    return Runner.objects.filter(
        token_digest=digest_of(secret), state=RunnerState.CONNECTED
    ).first()


def find_attempt(secret: str) -> Attempt | None:
    """Return the attempt that a secret opens, whatever became of it."""
    return (
        Attempt.objects.select_related("job", "runner", "device")
        .filter(token_digest=digest_of(secret))
        .exclude(token_digest="")
        .first()
    )


def list_profiles() -> QuerySet[DeviceProfile]:
    return DeviceProfile.objects.order_by("order", "slug")


def list_benchmarks(revision: Revision) -> QuerySet[Benchmark]:
    """Return what was measured of a revision's device files, in whichever revision they were."""
    own = revision.artifacts.exclude(content_sha256="")
    same = Artifact.objects.filter(
        revision__ai_model=revision.ai_model_id, content_sha256__in=own.values("content_sha256")
    )
    return (
        Benchmark.objects.filter(Q(artifact__revision=revision) | Q(artifact__in=same))
        .select_related("artifact", "evidence")
        .order_by("-id")
    )
