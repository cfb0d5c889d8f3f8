"""How often something may be tried: counted before the try, in one atomic step.

What Redis counts holds for every process of a server. While Redis is away each process counts for
itself: then a limit is wider, but never open.
"""

import hashlib
import ipaddress
import logging
import threading
import time
from enum import StrEnum
from functools import cache

import redis
from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.core.errors import TooMany

logger = logging.getLogger(__name__)
QUIET_S = 1.0
MINUTE_S = 60
# Whoever has one IPv6 address has its whole network.
IPV6_NETWORK = 64
_making = threading.Lock()


class Limit(StrEnum):
    """Each is a setting of the same name."""

    SIGN_IN_ACCOUNT = "limit_sign_in_account"
    SIGN_IN_ADDRESS = "limit_sign_in_address"
    SECOND_FACTOR = "limit_second_factor"
    LINK_ACCOUNT = "limit_link_account"
    LINK_ADDRESS = "limit_link_address"
    CREDENTIAL_ADDRESS = "limit_credential_address"
    UPLOAD_USER = "limit_upload_user"
    UPLOAD_ADDRESS = "limit_upload_address"
    SEARCH_USER = "limit_search_user"
    SEARCH_ADDRESS = "limit_search_address"


class Counter:
    """Counts tries in windows that move: no moment lets twice as many through."""

    def __init__(self, url: str) -> None:
        # `unix://` alone is not a name that the library knows.
        shared = RedisStorage(
            url.replace("unix://", "redis+unix://", 1),
            socket_connect_timeout=1,
            socket_timeout=2,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
        )
        self._shared = MovingWindowRateLimiter(shared)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    def wait_of(self, item: RateLimitItem, *key: str) -> float:
        """Count one try; return 0 if it may be made, else the seconds until one may be."""
        if time.monotonic() >= self._quiet_until:
            try:
                return _count(self._shared, item, key)
            except redis.RedisError as error:
                self._note_silence(error)
        with self._lock:
            return _count(self._own, item, key)

    def forget(self, item: RateLimitItem, *key: str) -> None:
        """Take back every try that was counted."""
        with self._lock:
            self._own.clear(item, *key)
        if time.monotonic() >= self._quiet_until:
            try:
                self._shared.clear(item, *key)
            except redis.RedisError as error:
                self._note_silence(error)

    def _note_silence(self, error: Exception) -> None:
        self._quiet_until = time.monotonic() + QUIET_S
        logger.warning("tries are counted by each process alone, Redis does not answer: %s", error)


def _count(counter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> float:
    if counter.hit(item, *key):
        return 0.0
    return max(counter.get_window_stats(item, *key).reset_time - time.time(), 1.0)


@cache
def make_counter() -> Counter:
    return Counter(settings.REDIS_URL)


def counter() -> Counter:
    # Threads that are first at once must not count on one each.
    with _making:
        return make_counter()


def take(limit: Limit, *whose: str) -> None:
    """Count a try that is about to be made, or refuse it with TooMany."""
    item = _item_of(limit)
    if item is None:
        return
    wait_s = counter().wait_of(item, limit, _mark_of(whose))
    if wait_s:
        raise TooMany(
            f"This was tried too often. Try again in {_in_words(wait_s)}.", retry_after_s=wait_s
        )


def take_search(user_id: int | None, address: str) -> None:
    """Count a search of a person, or of nobody, from an address."""
    take(Limit.SEARCH_ADDRESS, network_of(address))
    if user_id is not None:
        take(Limit.SEARCH_USER, str(user_id))


def forgive(limit: Limit, *whose: str) -> None:
    """Forget the tries before one that succeeded."""
    item = _item_of(limit)
    if item is not None:
        counter().forget(item, limit, _mark_of(whose))


def network_of(address: str) -> str:
    """Return what stands for the place that an address is from."""
    try:
        seen = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(seen, ipaddress.IPv6Address):
        if seen.ipv4_mapped:
            return str(seen.ipv4_mapped)
        return str(ipaddress.ip_network((seen, IPV6_NETWORK), strict=False))
    return address


def _item_of(limit: Limit) -> RateLimitItem | None:
    said: str = getattr(settings.ENV, limit)
    return _parsed(said) if said else None


@cache
def _parsed(said: str) -> RateLimitItem:
    return parse(said)


def _mark_of(whose: tuple[str, ...]) -> str:
    """Keep names out of Redis: people type passwords where a name belongs."""
    return hashlib.sha256("\n".join(whose).encode()).hexdigest()[:32]


def _in_words(seconds: float) -> str:
    if seconds < 2 * MINUTE_S:
        return f"{int(seconds) + 1} seconds"
    return f"{int(seconds // MINUTE_S) + 1} minutes"
