"""Kombu's Redis transport, which a message that is none does not end."""

import logging
from queue import Empty
from typing import Any

from kombu.transport import redis

logger = logging.getLogger(__name__)


class Channel(redis.Channel):
    """Drops what cannot be read as a message; without it one line of garbage ends a worker."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            logger.warning("a message that is none was dropped: %r", error)
            raise Empty from error


class Transport(redis.Transport):
    Channel = Channel
