"""Changes that another site sends, and changes that are sent twice, over every route."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from portal.core.limits import Limit
from repository.types import Visibility
from tests.access.acts import SAME, UNRECORDED
from tests.access.bodies import JSON, right_body
from tests.access.doors import SAFE, Caller, Door
from tests.access.rows import DJANGO, EDGE
from tests.access.test_bad_input import Writes
from tests.access.test_django_routes import client_of
from tests.access.test_edge_routes import UPLOAD
from tests.access.world import World, build
from tests.cast import Cast

ELSEWHERE = "https://elsewhere.example"
NOTED = ("accounts_auditevent", "accounts_denial", "accounts_signin", "django_session")
"""What a refused call may leave behind: that it was refused, and when somebody was last here."""
RULED = {Door.ADMINISTER, Door.RULE, Door.MAINTAIN}
TOKENS_ONLY = ("/runner/", "/device/", "/hf/")
"""No cookie is read there: whoever has no token is nobody."""


def changing(rows: dict[tuple[str, str], Any]) -> Iterator[tuple[str, str]]:
    for method, route in rows:
        if method not in SAFE and "rest:path" not in route:
            yield method, route


def path_of(route: str, world: World) -> str:
    places = {**world.places, "rev": "main", "name_of_ref": "gone", "word": "x", "part": "1"}
    return route.replace(":path}", "}").replace(":int}", "}").format_map({**places, "store": "x"})


def caller_of(door: Door) -> Caller:
    """Name who is let in."""
    return Caller.ADMIN if door in RULED else Caller.OWNER


def kept(writes: Writes) -> list[str]:
    return [sql for sql in writes.kept if not any(table in sql for table in NOTED)]


def forgeries(word: str) -> list[dict[str, str]]:
    """Return the heads of requests that a page of another site can have a browser send."""
    return [
        {},
        {"X-CSRFToken": "x" * 32},
        {"X-CSRFToken": word, "Origin": ELSEWHERE},
        {"Origin": "null"},
    ]


@pytest.mark.usefixtures("vocabulary")
def test_what_another_site_sends_with_a_cookie_changes_nothing(
    cast: Cast, settle: Callable[..., None]
) -> None:
    settle(**{str(limit): "" for limit in Limit}, open_sign_up="viewer")
    world = build(cast, Visibility.PUBLIC)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.ada)
    word = strict.get("/api/v1/session").cookies["csrftoken"].value
    wrong = []
    for turn, (method, route) in enumerate(changing(DJANGO)):
        expected = {401} if route.startswith(TOKENS_ONLY) else {403}
        if route == "/runner/v1/enroll":
            # Its code is the only thing that it looks at.
            expected = {403, 422}
        # Each kind is told apart before the route: all of them once, then one after the other.
        for headers in forgeries(word) if turn == 0 else [forgeries(word)[turn % 4]]:
            writes = Writes()
            with transaction.atomic(), connection.execute_wrapper(writes):
                path, body = path_of(route, world), right_body(method, route, world.places)
                answer = strict.generic(method, path, json.dumps(body), JSON, headers=headers)
                transaction.set_rollback(True)
            if answer.status_code not in expected or kept(writes):
                wrong.append(f"{method} {route} {headers}: {answer.status_code} {kept(writes)}")
    assert not wrong, "\n".join(wrong)


def test_what_another_site_sends_in_front_of_django_changes_nothing(
    server: str, cast: Cast
) -> None:
    world = build(cast, Visibility.PUBLIC)
    browser = Client()
    browser.force_login(cast.olga)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    wrong = []
    with httpx.Client(base_url=server, timeout=60) as client:
        for method, route in changing(EDGE):
            if UNRECORDED.get((method, route)) == SAME:
                continue
            for headers in forgeries("w" * 32):
                cookie = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={'w' * 32}"
                given = {**UPLOAD, **headers, "Cookie": cookie}
                answer = client.request(method, path_of(route, world), headers=given)
                if answer.status_code not in {401, 403, 404}:
                    wrong.append(f"{method} {route} {headers}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("vocabulary")
def test_a_change_that_is_sent_again_is_the_same_or_refused_whole(
    cast: Cast, settle: Callable[..., None]
) -> None:
    settle(**{str(limit): "" for limit in Limit}, open_sign_up="viewer")
    world = build(cast, Visibility.PUBLIC)
    clients = {who: client_of(world.secrets[who]) for who in (Caller.OWNER, Caller.ADMIN)}
    wrong, done = [], 0
    for method, route in changing(DJANGO):
        content = json.dumps(right_body(method, route, world.places))
        client = clients[caller_of(DJANGO[method, route])]
        answers, written = twice(client, method, path_of(route, world), content)
        done += answers[0].status_code < 300
        statuses = [answer.status_code for answer in answers]
        refused = statuses[1] >= 400
        unclear = refused and not answers[1].json()["code"]
        if max(statuses) >= 500 or unclear or (refused and written):
            wrong.append(f"{method} {route}: {statuses} {written}")
    assert not wrong, "\n".join(wrong)
    assert done > 50, done


def twice(
    client: Client, method: str, path: str, content: str
) -> tuple[list[HttpResponse], list[str]]:
    """Send a call two times; return both answers and what the second wrote. Undo all of it."""
    client.raise_request_exception = False
    writes = Writes()
    with transaction.atomic():
        first = client.generic(method, path, content, JSON)
        with connection.execute_wrapper(writes):
            again = client.generic(method, path, content, JSON)
        transaction.set_rollback(True)
    return [first, again], kept(writes)
