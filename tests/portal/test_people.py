import threading
from collections.abc import Callable

import httpx
import pytest
from django.db import connections
from django.test import Client

from portal.accounts.models import ApiToken, AuditEvent, User
from portal.accounts.services.administration import LastAdmin, change_role
from portal.accounts.services.audit import check_chain
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Role, Scope
from tests.cast import PASSWORD, Cast
from tests.jobs.scene import publish

Calls = Callable[[User], httpx.Client]
NEW = "a-brand-new-word-7"


def sign_in(username: str, password: str) -> int:
    body = {"username": username, "password": password}
    return Client().post("/api/v1/session", body, "application/json").status_code


def use_link(path: str, password: str = NEW) -> int:
    asked = httpx.URL(path).params
    body = {"username": asked["user"], "token": asked["token"], "password": password}
    return Client().post("/api/v1/setup", body, "application/json").status_code


def test_an_invitation_is_used_once_and_opens_the_door(cast: Cast, calls: Calls) -> None:
    rows = [{"username": "nina", "role": "viewer"}, {"username": "omar", "email": "o@example.org"}]
    answer = calls(cast.ada).post("/people", json={"people": rows})
    assert answer.status_code == 201
    path = answer.json()["results"][0]["path"]
    states = {
        row["username"]: row["state"] for row in calls(cast.ada).get("/people").json()["results"]
    }
    assert (states["nina"], states["ada"]) == ("invited", "active")
    assert use_link(path) == 204
    assert use_link(path) == 403
    assert sign_in("nina", NEW) == 200
    assert User.objects.get(username="nina").role == Role.VIEWER


def test_a_list_with_one_wrong_line_invites_nobody(cast: Cast, calls: Calls) -> None:
    rows = [{"username": "nina"}, {"username": "olga"}]
    answer = calls(cast.ada).post("/people", json={"people": rows})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert "olga" in answer.json()["message"]
    assert not User.objects.filter(username="nina").exists()


def test_people_are_found_by_name_role_and_state(cast: Cast, calls: Calls) -> None:
    calls(cast.ada).patch("/people/stella", json={"is_active": False})

    def named(**asked: str) -> list[str]:
        found = calls(cast.ada).get("/people", params=asked).json()["results"]
        return [row["username"] for row in found]

    assert named(q="ark") == ["mark"]
    assert named(role="viewer") == ["rita"]
    assert named(state="inactive") == ["stella"]
    assert named(after="mark") == ["olga", "rita", "stella"]
    assert calls(cast.ada).get("/people").json()["roles"] == {
        "admin": 1,
        "contributor": 2,
        "viewer": 1,
    }


def test_who_is_deactivated_is_out_everywhere_and_comes_back_whole(
    cast: Cast, as_user: Callable[[User], Client]
) -> None:
    _, secret = create_token(cast.olga, name="ci", scope=Scope.READ)
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    browser, admin = as_user(cast.olga), as_user(cast.ada)

    def set_active(*, value: bool) -> int:
        body = {"is_active": value}
        return admin.patch("/api/v1/people/olga", body, "application/json").status_code

    assert set_active(value=False) == 200
    assert browser.get("/api/v1/me").status_code == 401
    assert program.get("/api/v1/me").status_code == 401
    assert sign_in("olga", PASSWORD) == 401
    assert set_active(value=True) == 200
    assert program.get("/api/v1/me").status_code == 200


def test_a_reset_ends_the_password_and_every_sign_in(
    cast: Cast, as_user: Callable[[User], Client]
) -> None:
    browser = as_user(cast.olga)
    path = as_user(cast.ada).post("/api/v1/people/olga/password").json()["path"]
    assert browser.get("/api/v1/me").status_code == 401
    assert sign_in("olga", PASSWORD) == 401
    assert use_link(path) == 204
    assert sign_in("olga", NEW) == 200


def test_the_last_administrator_stays(cast: Cast, calls: Calls) -> None:
    admin = calls(cast.ada)
    for change in ({"role": "viewer"}, {"is_active": False}):
        answer = admin.patch("/people/ada", json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    answer = admin.post("/people/ada/departure", json={"hand_over_to": "olga"})
    assert answer.json()["code"] == "last_admin"
    admin.patch("/people/olga", json={"role": "admin"})
    assert admin.patch("/people/ada", json={"role": "viewer"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_resign_at_once_leave_one(cast: Cast) -> None:
    change_role(cast.ada, cast.olga, Role.ADMIN)
    start, refused = threading.Barrier(2), []

    def resign(person: User) -> None:
        start.wait()
        try:
            change_role(person, person, Role.VIEWER)
        except LastAdmin:
            refused.append(person)
        finally:
            connections.close_all()

    both = [threading.Thread(target=resign, args=[person]) for person in (cast.ada, cast.olga)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(role=Role.ADMIN).count() == 1


def test_who_leaves_hands_over_and_is_forgotten(cast: Cast, calls: Calls) -> None:
    publish(cast.olga, "gate")
    publish(cast.mark, "door")
    create_token(cast.olga, name="ci", scope=Scope.READ)
    admin = calls(cast.ada)
    answer = admin.post("/people/olga/departure", json={"hand_over_to": "mark"})
    assert answer.json() == {"models": 1}
    assert admin.get("/models/olga/gate", follow_redirects=True).json()["owner"] == "mark"
    assert not User.objects.filter(username="olga").exists()
    assert ApiToken.objects.get(name="ci").revoked_at is not None
    assert "olga" not in [row["username"] for row in admin.get("/people").json()["results"]]
    # The name is free again.
    assert admin.post("/people", json={"people": [{"username": "olga"}]}).status_code == 201
    assert AuditEvent.objects.filter(action="person.delete", target="olga").exists()
    assert check_chain().fault == ""


def test_a_hand_over_that_collides_changes_nothing(cast: Cast, calls: Calls) -> None:
    publish(cast.olga, "gate")
    publish(cast.mark, "gate")
    answer = calls(cast.ada).post("/people/olga/departure", json={"hand_over_to": "mark"})
    assert (answer.status_code, answer.json()["code"]) == (409, "names_collide")
    assert User.objects.get(username="olga").is_active


def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(
    cast: Cast, as_user: Callable[[User], Client]
) -> None:
    here, there = as_user(cast.olga), as_user(cast.olga)
    wrong = {"old_password": "not-this-one-1", "password": NEW}
    answer = here.post("/api/v1/me/password", wrong, "application/json")
    assert (answer.status_code, list(answer.json()["details"])) == (422, ["old_password"])
    right = {"old_password": PASSWORD, "password": NEW}
    assert here.post("/api/v1/me/password", right, "application/json").status_code == 204
    assert here.get("/api/v1/me").status_code == 200
    assert there.get("/api/v1/me").status_code == 401


def test_a_team_is_changed_by_its_owners_and_keeps_one(cast: Cast, calls: Calls) -> None:
    olga, mark = calls(cast.olga), calls(cast.mark)
    assert olga.post("/teams", json={"slug": "watch", "name": "Watch"}).status_code == 201
    assert mark.get("/teams/watch").status_code == 404
    assert olga.put("/teams/watch/members/mark", json={}).status_code == 200
    assert mark.put("/teams/watch/members/rita", json={}).status_code == 403
    answer = olga.delete("/teams/watch/members/olga")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert mark.delete("/teams/watch/members/mark").status_code == 204
    assert mark.get("/teams").json() == {"results": []}
    assert [row["slug"] for row in calls(cast.ada).get("/teams").json()["results"]] == ["watch"]
    assert olga.delete("/teams/watch").status_code == 204
