"""Each route of Django for each caller, about a model of each visibility."""

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from repository.types import Visibility
from tests.access.doors import OF_A_MODEL, OPEN, SAFE, Answer, Caller, expected
from tests.access.routes import django_routes
from tests.access.rows import DJANGO
from tests.access.world import build
from tests.cast import Cast

# Valid where a call looks at its body before it looks at the role.
BODY = '{"limit_bytes": null}'
STATUS = {401: Answer.WHO, 403: Answer.NO, 404: Answer.HIDDEN}


def client_of(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"} if secret else {})


def heard(answer: HttpResponse) -> Answer:
    """Read an answer; only who may see a model is told that its files hold no graph."""
    if answer.status_code == 404 and b'"no_graph"' in answer.content:
        return Answer.IN
    return STATUS.get(answer.status_code, Answer.IN)


def call(client: Client, method: str, path: str) -> HttpResponse:
    """Send one call and take back what it changed."""
    with transaction.atomic():
        given = {} if method in SAFE else {"data": BODY, "content_type": "application/json"}
        answer: HttpResponse = client.generic(method, path, **given)
        transaction.set_rollback(True)
    return answer


def test_every_route_of_django_has_its_row() -> None:
    assert django_routes() == set(DJANGO)


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.usefixtures("vocabulary")
def test_each_caller_hears_what_the_table_says(cast: Cast, visibility: Visibility) -> None:
    world = build(cast, visibility)
    clients = {caller: client_of(secret) for caller, secret in world.secrets.items()}
    wrong = []
    for (method, route), door in DJANGO.items():
        if "^" in route or (visibility != Visibility.PRIVATE and door not in OF_A_MODEL):
            continue
        path = route.format_map(world.places)
        for caller, client in clients.items():
            if door in OPEN and caller != Caller.ANONYMOUS:
                continue
            answer = call(client, method, path)
            seen = heard(answer)
            want = expected(door, caller, visibility, method)
            if seen != want or answer.status_code >= 500:
                wrong.append(f"{method} {route}: {caller} hears {answer.status_code}, not {want}")
    assert not wrong, "\n".join(wrong)
