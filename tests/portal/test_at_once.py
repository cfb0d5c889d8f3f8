"""The same change twice at the same time, over every route: one wins or both are right."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from portal.core.limits import Limit
from repository.models import AiModel, Context
from repository.types import Visibility
from tests.access.bodies import JSON, right_body
from tests.access.doors import Caller
from tests.access.rows import DJANGO
from tests.access.test_django_routes import client_of
from tests.access.test_odd_requests import caller_of, changing, path_of
from tests.access.world import build, publish_shared
from tests.cast import Cast, people

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 2
KNOWN = ("night", "infrared")
LAST = ("DELETE", "departure", "/move")


def late(row: tuple[str, str]) -> bool:
    """Tell what ends something that other calls are about."""
    method, route = row
    return method == "DELETE" or any(word in route for word in LAST)


class Together:
    """Threads that send the same at the same moment, each by a connection of its own."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._ready = threading.Barrier(AT_ONCE)

    def send(self, clients: list[Client], method: str, path: str, content: str) -> list[int]:
        def one(client: Client) -> int:
            client.raise_request_exception = False
            self._ready.wait()
            return client.generic(method, path, content, JSON).status_code

        return list(self._pool.map(one, clients))

    def end(self) -> None:
        """Give the connections back, each in the thread that has it."""

        def close(_: int) -> None:
            self._ready.wait()
            connections.close_all()

        list(self._pool.map(close, range(AT_ONCE)))


@pytest.fixture
def together() -> Iterator[Together]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        threads = Together(pool)
        yield threads
        threads.end()


def test_of_two_changes_at_once_none_fails(settle: Callable[..., None], together: Together) -> None:
    settle(**{str(limit): "" for limit in Limit}, open_sign_up="viewer")
    # The whole vocabulary would be read anew after each change of a context.
    Context.objects.exclude(slug__in=KNOWN).delete()
    for slug in KNOWN:
        Context.objects.get_or_create(slug=slug, defaults={"label_en": slug, "label_ko": slug})
    cast: Cast = people()
    world = build(cast, Visibility.PUBLIC)
    clients = {
        who: [client_of(world.secrets[who]) for _ in range(AT_ONCE)]
        for who in (Caller.OWNER, Caller.ADMIN)
    }
    failed = []
    for method, route in sorted(changing(DJANGO), key=late):
        if not AiModel.objects.filter(name="tiny").exists():
            publish_shared(cast, Visibility.PUBLIC)
        who = caller_of(DJANGO[method, route])
        content = json.dumps(right_body(method, route, world.places))
        statuses = together.send(clients[who], method, path_of(route, world), content)
        made = statuses.count(201)
        if max(statuses) >= 500 or (made == AT_ONCE and route in ONCE):
            failed.append(f"{method} {route}: {statuses}")
    assert not failed, "\n".join(failed)


ONCE = {
    "/api/v1/models",
    "/api/v1/teams",
    "/api/v1/contexts",
    "/api/v1/people",
    "/api/v1/models/{owner}/{name}/refs",
}
"""What there is one of by name."""
