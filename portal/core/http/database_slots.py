"""How many connections to the database one web process holds at a time.

Under ASGI every call has a thread of its own, so without a bound two hundred runners that send
their logs at once are two hundred connections: more than PostgreSQL allows by default.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse


@cache
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.ENV.database_slots)


@contextmanager
def database_slot() -> Iterator[None]:
    """Wait until the database may be used, and give the connection back afterwards."""
    with _slots():
        try:
            yield
        finally:
            for used in connections.all(initialized_only=True):
                # Whoever calls from within a transaction goes on with it.
                if not used.in_atomic_block:
                    used.close_if_unusable_or_obsolete()


class DatabaseSlotMiddleware:
    """Hold a slot for a call, after its body has arrived and before anything reads the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with database_slot():
            return self.get_response(request)
