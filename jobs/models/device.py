"""Boards, classes of boards, and the agents that speak for them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from jobs.types import DeviceAccess, RunnerState
from portal.accounts.models import Team
from portal.accounts.models.user import SLUG
from portal.core.ids import new_id


def topic_of(token_digest: str | None) -> str:
    """Return what wakes the claim of the runner with that credential, whatever its id."""
    return f"runner:{token_digest}"


class DeviceProfile(models.Model):
    """A class of boards, by its maker's data sheet."""

    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    grade = models.CharField(max_length=20, help_text="cloud, cluster, pc or on-device")
    cpu = models.CharField(max_length=200, blank=True)
    ram_bytes = models.BigIntegerField(null=True)
    accelerators = models.JSONField(default=list)
    engines = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField(default=100)

    def __str__(self) -> str:
        return self.name


class Runner(models.Model):
    """An agent that pulls jobs for its devices. It enrols once, with a code, and gets a secret."""

    id = models.CharField(max_length=20, primary_key=True, default=new_id)
    name = models.CharField(max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runners"
    )
    state = models.CharField(
        max_length=10, choices=RunnerState.choices, default=RunnerState.WAITING
    )
    code_digest = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True)
    # Null until it enrols: many runners wait, and unique has to let them.
    token_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    public_key = models.CharField(max_length=100, blank=True)
    session_id = models.CharField(max_length=20, blank=True)
    boot_id = models.CharField(max_length=64, blank=True)
    left_boots = models.JSONField(default=list, help_text="boot ids that are over, the last ones")
    version = models.CharField(max_length=40, blank=True)
    protocol = models.PositiveSmallIntegerField(default=1)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RunnerState.values), name="runner_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=RunnerState.CONNECTED) | Q(token_digest__isnull=False),
                name="runner_connected_has_token",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def topic(self) -> str:
        return topic_of(self.token_digest)


class Device(models.Model):
    """One board behind a runner. It runs one measurement at a time."""

    id = models.CharField(max_length=20, primary_key=True, default=new_id)
    runner = models.ForeignKey(Runner, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=80)
    profile = models.ForeignKey(
        DeviceProfile, on_delete=models.SET_NULL, null=True, related_name="devices"
    )
    passport = models.JSONField(default=dict)
    paused = models.BooleanField(default=False)
    access = models.CharField(
        max_length=10, choices=DeviceAccess.choices, default=DeviceAccess.EVERYONE
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="devices"
    )
    reserved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reserved_until = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["runner", "name"], name="device_name_once"),
            models.CheckConstraint(
                condition=Q(access__in=DeviceAccess.values), name="device_access_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def figure_names(self) -> tuple[str, ...]:
        """By which names figures know this device, the surest first: its own, then its class."""
        return (self.name, self.profile.slug) if self.profile else (self.name,)
