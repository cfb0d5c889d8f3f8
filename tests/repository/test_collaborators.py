from collections.abc import Callable

import httpx

from repository.types import Visibility
from tests.cast import Cast
from tests.jobs.scene import publish

Calls = Callable[..., httpx.Client]
PLACE = "/models/olga/tiny"


def test_owners_let_people_in_and_out_again(calls: Calls, cast: Cast) -> None:
    publish(cast.olga, visibility=Visibility.PRIVATE)
    olga, stella = calls(cast.olga), calls(cast.stella)

    assert stella.get(PLACE).status_code == 404
    assert olga.put(f"{PLACE}/collaborators/stella", json={}).json()["may_write"] is False
    assert stella.get(PLACE).status_code == 200
    assert stella.patch(PLACE, json={"summary": "mine"}).status_code == 403
    olga.put(f"{PLACE}/collaborators/stella", json={"may_write": True})
    assert stella.patch(PLACE, json={"summary": "ours"}).status_code == 200
    assert stella.get(f"{PLACE}/collaborators").status_code == 403
    rows = olga.get(f"{PLACE}/collaborators").json()["results"]
    assert rows == [{"username": "stella", "may_write": True}]

    assert olga.delete(f"{PLACE}/collaborators/stella").status_code == 204
    assert stella.get(PLACE).status_code == 404
    gone = olga.delete(f"{PLACE}/collaborators/stella")
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_collaborator")


def test_who_is_not_known_or_owns_it_anyway_is_refused(calls: Calls, cast: Cast) -> None:
    publish(cast.olga)
    olga = calls(cast.olga)

    unknown = olga.put(f"{PLACE}/collaborators/nobody", json={})
    owner = olga.put(f"{PLACE}/collaborators/olga", json={})

    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_such_user")
    assert owner.json()["code"] == "is_owner"
