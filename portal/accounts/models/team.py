"""Teams, and the one list of names that users and teams share."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models.user import SLUG


class Team(models.Model):
    """A group of people that owns models together."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    members: "models.ManyToManyField[models.Model, TeamMembership]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="TeamMembership", related_name="teams"
    )

    def __str__(self) -> str:
        return self.name


class TeamMembership(models.Model):
    """One person in one team; an owner may change the team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    is_owner = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Namespace(models.Model):
    """The first half of `owner/name`: it belongs to one user or to one team."""

    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="namespace",
    )
    team = models.OneToOneField(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="namespace"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(team__isnull=True),
                name="namespace_has_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
