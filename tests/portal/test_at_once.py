"""The same change twice at the same time, over every route: one wins or both are right."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from jobs.services.profiles import load_profiles
from portal.core.limits import Limit
from repository.models import AiModel
from repository.services.vocabulary import load_vocabulary
from repository.types import Visibility
from tests.access.bodies import JSON, right_body
from tests.access.doors import Caller, Door
from tests.access.rows import DJANGO
from tests.access.test_django_routes import client_of
from tests.access.test_odd_requests import changing, path_of
from tests.access.world import World, build, publish_shared
from tests.cast import Cast, people

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 2
LAST = ("DELETE", "departure", "/move")
RULED = {Door.ADMINISTER, Door.RULE, Door.MAINTAIN}


def late(row: tuple[str, str]) -> bool:
    """Tell what ends something that other calls are about."""
    method, route = row
    return method == "DELETE" or any(word in route for word in LAST)


def together(clients: list[Client], world: World, method: str, route: str) -> list[int]:
    """Send one call from several threads, each with a connection of its own."""
    content = json.dumps(right_body(method, route, world.places))
    path = path_of(route, world)
    ready = threading.Barrier(AT_ONCE)

    def one(client: Client) -> int:
        client.raise_request_exception = False
        try:
            ready.wait()
            return client.generic(method, path, content, JSON).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, clients))


def test_of_two_changes_at_once_none_fails(settle: Callable[..., None]) -> None:
    settle(**{str(limit): "" for limit in Limit}, open_sign_up="viewer")
    load_vocabulary()
    load_profiles()
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
        who = Caller.ADMIN if DJANGO[method, route] in RULED else Caller.OWNER
        statuses = together(clients[who], world, method, route)
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
