"""Wake-ups over Redis: who waits for news sleeps here, without a thread or a database connection.

A wake-up says "look again", never what is new: losing one costs the time of a poll.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import cache

import redis.asyncio
from django.conf import settings
from django.db import transaction

from portal.core.quick_redis import quick_redis

logger = logging.getLogger(__name__)
PREFIX = "ondol:wake:"


def wake(*topics: str) -> None:
    """Wake who waits for any of the topics, once the running transaction has committed."""

    def publish(client: redis.Redis) -> None:
        with client.pipeline(transaction=False) as together:
            for topic in topics:
                together.publish(PREFIX + topic, "")
            together.execute()

    transaction.on_commit(lambda: quick_redis().call(publish))


class Sleepers:
    """The waiting requests of one process, behind one Redis subscription."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._hears = False

    @property
    def hears(self) -> bool:
        """Say whether wake-ups arrive, as far as is known; who waits is woken when that ends."""
        return self._hears

    @contextlib.asynccontextmanager
    async def watch(self, topics: frozenset[str]) -> AsyncIterator[asyncio.Event]:
        """Hold an event that is set whenever one of the topics is woken."""
        event = asyncio.Event()
        self._listen()
        for topic in topics:
            self._waiting[topic].add(event)
        try:
            yield event
        finally:
            for topic in topics:
                self._waiting[topic].discard(event)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def _listen(self) -> None:
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._relay())

    async def _relay(self) -> None:
        while True:
            try:
                async with redis.asyncio.from_url(self._url) as client, client.pubsub() as pubsub:
                    await pubsub.psubscribe(PREFIX + "*")
                    self._hears = True
                    self._wake_all()
                    async for message in pubsub.listen():
                        if message["type"] == "pmessage":
                            topic = message["channel"].decode().removeprefix(PREFIX)
                            for event in self._waiting.get(topic, ()):
                                event.set()
            except (redis.RedisError, OSError) as error:
                logger.warning("wake-ups pause, Redis does not answer: %s", error)
            if self._hears:
                self._hears = False
                self._wake_all()
            await asyncio.sleep(1)

    def _wake_all(self) -> None:
        """Before and after a gap in the subscription everybody looks again."""
        for events in self._waiting.values():
            for event in events:
                event.set()


@cache
def sleepers() -> Sleepers:
    return Sleepers(settings.REDIS_URL)


async def sleep_until(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event at most so long; say whether it came, and clear it."""
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except TimeoutError:
        return False
    event.clear()
    return True
