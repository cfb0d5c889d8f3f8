"""People."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models

from portal.accounts.types import Role

SLUG = RegexValidator(
    r"\A[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]\Z|\A[a-z0-9]\Z",
    "Use 1 to 64 lower-case letters, digits, dots, hyphens or underscores.",
)


class UserManager(BaseUserManager["User"]):
    pass


class User(AbstractBaseUser):
    """A person who signs in. A user who left is inactive and keeps what they made."""

    username = models.CharField(max_length=64, unique=True, validators=[SLUG])
    display_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.CONTRIBUTOR)
    locale = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.username
