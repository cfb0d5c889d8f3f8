"""The second factor: codes of a device by TOTP (RFC 6238), and recovery codes."""

import base64
import secrets
import unicodedata

from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.models import RecoveryCode, User
from portal.accounts.selectors.second_factor import has_second_factor
from portal.accounts.services.audit import record
from portal.accounts.services.people import prove_password
from portal.accounts.tokens import digest_of
from portal.core.errors import Conflict, invalid_field
from portal.core.limits import Limit, take

RECOVERY_CODES = 10
RECOVERY_BYTES = 10
GROUP = 4
NOT_NOW = "This is not the code now. Wait for the next one."


class HasSecondFactor(Conflict):
    code = "has_second_factor"


class NoSecondFactor(Conflict):
    code = "no_second_factor"


@transaction.atomic
def begin_second_factor(user: User, password: str) -> TOTPDevice:
    """Make a secret for the person's device; it counts for nothing until `confirm` saw a code."""
    _prove(user, password)
    if has_second_factor(user):
        raise HasSecondFactor("You have a second factor. Turn it off before you set up another.")
    TOTPDevice.objects.filter(user=user).delete()
    return TOTPDevice.objects.create(user=user, name="TOTP", confirmed=False)


@transaction.atomic
def confirm_second_factor(user: User, code: str) -> list[str]:
    """Turn the second factor on by a first code; return the recovery codes, this once."""
    take(Limit.SECOND_FACTOR, "enrol", str(user.pk))
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None:
        raise NoSecondFactor("Nothing waits for a code. Begin again.")
    if not device.verify_token(clean_code(code)):
        raise invalid_field("code", NOT_NOW, "wrong_second_factor")
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    record(user, "second_factor.on", user.username)
    return _new_codes(user)


@transaction.atomic
def renew_recovery_codes(user: User, password: str) -> list[str]:
    """Make new recovery codes; the ones before are worth nothing."""
    _prove(user, password)
    _require(user)
    record(user, "second_factor.recovery_codes", user.username)
    return _new_codes(user)


@transaction.atomic
def end_second_factor(user: User, password: str) -> None:
    _prove(user, password)
    _require(user)
    drop_second_factor(user)
    record(user, "second_factor.off", user.username)


@transaction.atomic
def reset_second_factor(admin: User | None, person: User) -> None:
    """Take away the second factor of somebody who lost device and recovery codes.

    Nobody is the administrator on the console of the server.
    """
    _require(person)
    drop_second_factor(person)
    record(admin, "second_factor.reset", person.username)


@transaction.atomic
def is_right_code(user: User, code: str) -> bool:
    """Use up a code of the person's device, or a recovery code; say whether it was one.

    Of the same code at twice only one is right: the row of the device, or of the code, is held.
    """
    said = clean_code(code)
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
    if device is None:
        return False
    if said.isdecimal() and len(said) == device.digits:
        return bool(device.verify_token(said))
    left = RecoveryCode.objects.filter(user=user, digest=digest_of(said), used_at=None)
    used = bool(left.update(used_at=timezone.now()))
    if used:
        record(user, "second_factor.recovered", user.username)
    return used


def clean_code(code: str) -> str:
    """Return a code as it is kept: people type it in groups, in wide or capital letters."""
    letters = unicodedata.normalize("NFKC", code).lower()
    return "".join(letter for letter in letters if letter.isalnum())


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
        for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=digest_of(code)) for code in codes
    )
    return [
        "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
        for code in codes
    ]


def drop_second_factor(user: User) -> None:
    """Take device and recovery codes away, where there are any."""
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _require(user: User) -> None:
    if not has_second_factor(user):
        raise NoSecondFactor(f"{user.username} has no second factor.")


def _prove(user: User, password: str) -> None:
    """Ask for the password of who has one; of others the session has to be proved before."""
    if user.has_usable_password():
        prove_password(user, password, "password")
