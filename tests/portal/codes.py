"""Codes of a second factor, as a person's device shows them."""

import time

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.models import User
from portal.accounts.services.second_factor import begin_second_factor, confirm_second_factor
from tests.cast import PASSWORD

MOMENT = time.time() // 30 * 30 + 15
"""The middle of a half minute: between two codes a test would be told of either."""


def code_of(user: User, ahead: int = 0) -> str:
    """Return what the person's device shows, or will show in so many half minutes."""
    clock = TOTP(TOTPDevice.objects.get(user=user).bin_key)
    clock.time = MOMENT + 30 * ahead
    return f"{clock.token():06}"


def enrolled(user: User) -> list[str]:
    """Turn a person's second factor on, and return the recovery codes."""
    begin_second_factor(user, PASSWORD)
    codes = confirm_second_factor(user, code_of(user))
    TOTPDevice.objects.filter(user=user).update(last_t=-1)
    return codes
