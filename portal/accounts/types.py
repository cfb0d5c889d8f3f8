"""Words of the people package."""

from django.db import models


class Role(models.TextChoices):
    """What a person may do; each role may also do what the next one may."""

    ADMIN = "admin"
    MAINTAINER = "maintainer"
    CONTRIBUTOR = "contributor"
    VIEWER = "viewer"


class PersonState(models.TextChoices):
    """`invited` is who never set a password, or had it taken away."""

    ACTIVE = "active"
    INVITED = "invited"
    INACTIVE = "inactive"


class Task(models.TextChoices):
    MAIL_RESET = "accounts.mail_reset"


class SecondFactor(models.TextChoices):
    """`required` is who has none and must set one up before anything else."""

    ON = "on"
    OFF = "off"
    REQUIRED = "required"


class Scope(models.TextChoices):
    """What a token may do: `write` includes `read`, and `admin` includes every other."""

    READ = "read"
    WRITE = "write"
    DEVICE = "device"
    RUNNER = "runner"
    ADMIN = "admin"


class AuditOutcome(models.TextChoices):
    ALLOWED = "allowed"
    DENIED = "denied"
