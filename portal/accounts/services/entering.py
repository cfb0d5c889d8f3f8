"""Trying a password, a link or a secret: each try is counted before it is looked at."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth import authenticate
from django.core import signing
from django.core.cache import cache

from portal.accounts.models import User
from portal.accounts.selectors.second_factor import has_second_factor
from portal.accounts.services.people import prove_password
from portal.accounts.services.second_factor import NOT_NOW, is_right_code
from portal.accounts.tokens import digest_of, new_secret
from portal.core.errors import Forbidden, invalid_field
from portal.core.limits import Limit, forgive, network_of, take

T = TypeVar("T")
SALT = "ondol.known-browser"
TRUSTED_S = 600


def typed_name(username: str) -> str:
    """Return a user name as it is kept: a keyboard may write it in wide letters or capitals."""
    return unicodedata.normalize("NFKC", username).strip().lower()


class CodeNeeded(Forbidden):
    code = "second_factor_needed"


class WrongCode(Forbidden):
    code = "wrong_second_factor"


@dataclass(frozen=True)
class Credentials:
    """What a person typed to sign in; the code is empty where none was asked for yet."""

    username: str
    password: str
    code: str = ""


def try_to_enter(typed: Credentials, *, address: str, known: str) -> User | None:
    """Return the active person of a name and password, or nothing; or refuse with TooMany.

    Whoever has a second factor is asked for a code of it, with CodeNeeded or WrongCode. A name that
    nobody has takes the same time. A browser in which the person was signed in before brings what
    `remember_browser` gave it: strangers who use up the tries of an account, or of an address, do
    not lock its person out there.
    """
    name = typed_name(typed.username)
    key = _browser_of(known, name)
    if not key:
        take(Limit.SIGN_IN_ADDRESS, network_of(address))
        key = ("account", name)
    take(Limit.SIGN_IN_ACCOUNT, *key)
    user = authenticate(username=name, password=typed.password)
    if not isinstance(user, User):
        return None
    if has_second_factor(user):
        _ask_code(user, typed.code, key)
    forgive(Limit.SIGN_IN_ACCOUNT, *key)
    return user


def _ask_code(user: User, code: str, key: tuple[str, ...]) -> None:
    if not code:
        raise CodeNeeded("Type the code that your authenticator shows, or a recovery code.")
    take(Limit.SECOND_FACTOR, *key)
    if not is_right_code(user, code):
        raise WrongCode("This is not the code now, or it was used. Wait for the next one.")
    forgive(Limit.SECOND_FACTOR, *key)


def prove(user: User, password: str, code: str) -> None:
    """Let the person of a session show that it is still them, by either; refuse what is wrong."""
    if not code:
        prove_password(user, password, "password")
        return
    take(Limit.SECOND_FACTOR, "own", str(user.pk))
    if not is_right_code(user, code):
        raise invalid_field("code", NOT_NOW, "wrong_second_factor")
    forgive(Limit.SECOND_FACTOR, "own", str(user.pk))


def remember_browser(user: User) -> str:
    """Return a word by which a browser shows that the person was signed in there."""
    return signing.dumps([digest_of(user.username), new_secret("")], salt=SALT)


def _browser_of(known: str, name: str) -> tuple[str, ...]:
    try:
        whose, secret = signing.loads(known, salt=SALT)
    except (signing.BadSignature, ValueError):
        return ()
    return ("browser", secret) if whose == digest_of(name) else ()


def count_link(username: str, address: str) -> None:
    """Count a try of a link for a password. Nobody far away uses up the tries of its owner."""
    place = network_of(address)
    take(Limit.LINK_ADDRESS, place)
    take(Limit.LINK_ACCOUNT, typed_name(username), place)


def try_secret(secret: str, address: str, find: Callable[[str], T | None]) -> T | None:
    """Look a secret up. One that was not good here lately costs its address a try."""
    mark = f"secret:{digest_of(secret)}"
    if cache.get(mark) is None:
        take(Limit.CREDENTIAL_ADDRESS, network_of(address))
    found = find(secret)
    if found is not None:
        cache.set(mark, 1, TRUSTED_S)
    return found
