"""The second question before what is dangerous in a session."""

import time
from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import ApiToken
from portal.accounts.proof import PROVED_AT
from tests.cast import PASSWORD, Cast
from tests.portal.codes import code_of, enrolled

As = Callable[..., Client]
JSON = "application/json"
PROOF = "/api/v1/me/proof"
ASKED: list[tuple[str, str]] = [
    ("POST", "/api/v1/tokens"),
    ("POST", "/api/v1/people"),
    ("PATCH", "/api/v1/people/olga"),
    ("POST", "/api/v1/people/olga/password"),
    ("DELETE", "/api/v1/people/olga/second-factor"),
    ("POST", "/api/v1/people/olga/departure"),
]


@pytest.fixture
def left_open(as_user: As, cast: Cast) -> Client:
    """Return ada's session, proved an hour ago."""
    client = as_user(cast.ada)
    session = client.session
    session[PROVED_AT] = int(time.time()) - 3600
    session.save()
    return client


def make_token(client: Client) -> tuple[int, str]:
    answer = client.post("/api/v1/tokens", {"name": "ci"}, JSON)
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_a_session_left_open_is_asked_again(left_open: Client, method: str, path: str) -> None:
    answer = left_open.generic(method, path, "{}", JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")


def test_by_the_password_the_session_goes_on(left_open: Client) -> None:
    wrong = left_open.post(PROOF, {"password": "not-it"}, JSON)
    assert (wrong.status_code, list(wrong.json()["details"])) == (422, ["password"])
    assert make_token(left_open) == (403, "reauthentication_required")
    assert not ApiToken.objects.exists()

    assert left_open.post(PROOF, {"password": PASSWORD}, JSON).status_code == 204
    assert make_token(left_open) == (201, "")


def test_a_code_of_the_second_factor_will_do_once(left_open: Client, cast: Cast) -> None:
    enrolled(cast.ada)
    code = code_of(cast.ada)

    assert left_open.post(PROOF, {"code": code}, JSON).status_code == 204
    again = left_open.post(PROOF, {"code": code}, JSON)
    assert (again.status_code, list(again.json()["details"])) == (422, ["code"])


def test_passwords_are_not_guessed_here_either(left_open: Client) -> None:
    tries = [left_open.post(PROOF, {"password": "no"}, JSON).status_code for _ in range(12)]
    assert tries[-1] == 429


def test_who_has_just_signed_in_is_not_asked(as_user: As, cast: Cast) -> None:
    assert make_token(as_user(cast.olga)) == (201, "")


def test_a_program_is_not_asked_and_its_proof_opens_no_session(cast: Cast, as_user: As) -> None:
    secret = as_user(cast.olga).post("/api/v1/tokens", {"name": "ci", "scope": "admin"}, JSON)
    program = Client(headers={"Authorization": f"Bearer {secret.json()['secret']}"})

    assert program.post(PROOF, {"password": PASSWORD}, JSON).status_code == 204
    assert not program.cookies
    assert make_token(program) == (201, "")
