"""Redis for what can wait: it answers at once, or is left alone for a moment."""

import logging
import time
from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
QUIET_S = 1.0


class QuickRedis:
    """Without this, every request would wait for a Redis that is away: for seconds, as measured."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        self._quiet_until = 0.0
        self._away = False

    def call(self, command: Callable[["redis.Redis"], object]) -> bool:
        """Run a command; say whether Redis took it."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            command(self._client)
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + QUIET_S
            if not self._away:
                logger.warning("Redis does not answer: %s", error)
            self._away = True
            return False
        self._away = False
        return True


@cache
def quick_redis() -> QuickRedis:
    return QuickRedis(settings.REDIS_URL)
