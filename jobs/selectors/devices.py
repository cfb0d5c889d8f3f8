"""Reading devices, runners and what was measured."""

import datetime as dt

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from jobs.models import Attempt, Benchmark, Device, DeviceProfile, Runner
from jobs.types import OPEN_ATTEMPT, JobState, RunnerState
from portal.accounts.models import User
from portal.accounts.selectors.people import may_maintain
from portal.accounts.tokens import digest_of
from portal.core.errors import NotFound
from repository.models import Revision


class NoSuchDevice(NotFound):
    code = "no_such_device"


class NoSuchRunner(NotFound):
    code = "no_such_runner"


def list_devices() -> QuerySet[Device]:
    """Return every device with its queue and what it runs at the moment."""
    running = Attempt.objects.filter(state__in=OPEN_ATTEMPT)
    return (
        Device.objects.filter(runner__state=RunnerState.CONNECTED)
        .select_related("runner", "profile")
        .annotate(queue_length=Count("jobs", filter=Q(jobs__state=JobState.QUEUED), distinct=True))
        .prefetch_related(Prefetch("attempts", running, to_attr="open_attempts"))
        .order_by("name", "id")
    )


def get_device(device_id: str) -> Device:
    device = list_devices().filter(pk=device_id).first()
    if device is None:
        raise NoSuchDevice("There is no such device. Look at the list of devices.")
    return device


def is_online(device: Device) -> bool:
    within = dt.timedelta(seconds=settings.ENV.online_within_s)
    return device.last_seen_at is not None and device.last_seen_at > timezone.now() - within


def get_runner(user: User, runner_id: str) -> Runner:
    """Return a runner of the caller's own, or any for who keeps the devices."""
    runner = Runner.objects.filter(pk=runner_id).prefetch_related("devices").first()
    if runner is None or not (runner.owner_id == user.pk or may_maintain(user)):
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
    return (
        Benchmark.objects.filter(artifact__revision=revision)
        .select_related("artifact", "evidence")
        .order_by("-id")
    )
