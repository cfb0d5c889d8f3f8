"""Reading whether a person has a second factor, and must have one."""

from django.conf import settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.models import RecoveryCode, User
from portal.accounts.selectors.people import is_admin
from portal.accounts.types import SecondFactor


def has_second_factor(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def second_factor_of(user: User) -> SecondFactor:
    if has_second_factor(user):
        return SecondFactor.ON
    needed = settings.ENV.admin_second_factor and is_admin(user)
    return SecondFactor.REQUIRED if needed else SecondFactor.OFF


def count_recovery_codes(user: User) -> int:
    """Return how many recovery codes are left."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()
