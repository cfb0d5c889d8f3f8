import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from portal.accounts.models import SignIn
from portal.accounts.services.people import create_user, setup_path
from tests.cast import PASSWORD, Cast
from tests.conftest import As

SESSION = "/api/v1/session"
JSON = "application/json"


def test_a_person_signs_in_and_out(cast: Cast) -> None:
    client = Client()
    entered = client.post(SESSION, {"username": "olga", "password": PASSWORD}, JSON)

    assert entered.json()["namespaces"] == [{"slug": "olga", "kind": "user"}]
    assert client.get("/api/v1/me").json()["username"] == "olga"
    assert client.delete(SESSION).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_a_wrong_password_and_an_unknown_name_sound_the_same(cast: Cast) -> None:
    client = Client()
    wrong = client.post(SESSION, {"username": "olga", "password": "wrong"}, JSON)
    unknown = client.post(SESSION, {"username": "nobody", "password": "wrong"}, JSON)

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "wrong_login"


def test_signing_in_needs_the_csrf_header(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    body = {"username": "olga", "password": PASSWORD}

    assert strict.post(SESSION, body, JSON).status_code == 403

    strict.get(SESSION)
    token = strict.cookies["csrftoken"].value
    assert strict.post(SESSION, body, JSON, headers={"X-CSRFToken": token}).status_code == 200


def test_a_setup_link_sets_a_password_once(cast: Cast) -> None:
    new = create_user("nina", None)
    token = setup_path(new).partition("token=")[2]
    client = Client()
    body = {"username": "nina", "token": token, "password": PASSWORD}

    assert client.post("/api/v1/setup", {**body, "password": "short"}, JSON).status_code == 422
    assert client.post("/api/v1/setup", body, JSON).status_code == 204
    again = client.post("/api/v1/setup", body, JSON)

    assert (again.status_code, again.json()["code"]) == (403, "wrong_link")
    entered = client.post(SESSION, {"username": "nina", "password": PASSWORD}, JSON)
    assert entered.status_code == 200


def test_the_console_of_the_server_lets_an_administrator_in_again(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("setup_link")
    assert capsys.readouterr().out == ""
    call_command("setup_link", "ada")
    token = capsys.readouterr().out.strip().partition("token=")[2]
    body = {"username": "ada", "token": token, "password": "another-horse-10"}

    assert Client().post("/api/v1/setup", body, JSON).status_code == 204


def test_an_unknown_path_answers_in_the_shape_of_the_api(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.olga).get("/api/v1/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_path")


def entered(browser: str) -> Client:
    client = Client(headers={"User-Agent": browser})
    body = {"username": "olga", "password": PASSWORD}
    assert client.post(SESSION, body, JSON).status_code == 200
    return client


def test_a_person_sees_their_sessions_and_ends_the_others(cast: Cast, as_user: As) -> None:
    here, there = entered("Firefox"), entered("Chrome")
    seen = here.get("/api/v1/sessions").json()["results"]
    other = next(row for row in seen if not row["current"])

    assert {row["browser"] for row in seen} == {"Firefox", "Chrome"}
    assert other["browser"] == "Chrome"
    path = f"/api/v1/sessions/{other['id']}"
    assert as_user(cast.mark).delete(path).json()["code"] == "no_such_session"
    assert here.delete(path).status_code == 204
    assert there.get("/api/v1/me").status_code == 401

    third = entered("Safari")
    assert here.delete("/api/v1/sessions").status_code == 204
    assert third.get("/api/v1/me").status_code == 401
    assert [row["browser"] for row in here.get("/api/v1/sessions").json()["results"]] == ["Firefox"]


def test_a_session_stays_in_the_list_after_a_new_password(cast: Cast) -> None:
    here = entered("Firefox")
    body = {"old_password": PASSWORD, "password": "another-horse-10"}
    assert here.post("/api/v1/me/password", body, JSON).status_code == 204

    (row,) = here.get("/api/v1/sessions").json()["results"]
    assert row["current"]


def test_a_visit_is_noted_once_in_a_while(cast: Cast, as_user: As) -> None:
    client = as_user(cast.olga)
    long_ago = timezone.now() - 3 * settings.USE_NOTED_EVERY
    key = client.session.session_key or ""
    SignIn.objects.create(user=cast.olga, session_key=key, last_seen_at=long_ago)

    client.get("/api/v1/me")
    assert SignIn.objects.get().last_seen_at > long_ago
    SignIn.objects.update(last_seen_at=long_ago)
    client.get("/api/v1/me")
    assert SignIn.objects.get().last_seen_at == long_ago
