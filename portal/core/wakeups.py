"""Wake-ups over Redis: who waits for news sleeps here, without a thread or a database connection.

A wake-up says "look again", never what is new: losing one costs the time of a poll.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import cache

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)
PREFIX = "ondol:wake:"


QUIET_S = 1.0


class Bell:
    """Publishes wake-ups. After a failure it keeps quiet for a moment.

    Otherwise every request would wait for a Redis that does not answer.
    """

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
        self._quiet_until = 0.0

    def ring(self, topic: str) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._client.publish(PREFIX + topic, "")
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + QUIET_S
            logger.warning("no wake-up for %s: %s", topic, error)


@cache
def _bell() -> Bell:
    return Bell(settings.REDIS_URL)


def wake(topic: str) -> None:
    """Wake who waits for a topic, once the running transaction has committed."""
    transaction.on_commit(lambda: _bell().ring(topic))


class Sleepers:
    """The waiting requests of one process, behind one Redis subscription."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

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
                    self._wake_all()
                    async for message in pubsub.listen():
                        if message["type"] == "pmessage":
                            topic = message["channel"].decode().removeprefix(PREFIX)
                            for event in self._waiting.get(topic, ()):
                                event.set()
            except (redis.RedisError, OSError) as error:
                logger.warning("wake-ups pause, Redis does not answer: %s", error)
            await asyncio.sleep(1)

    def _wake_all(self) -> None:
        """After a gap in the subscription everybody looks again."""
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
