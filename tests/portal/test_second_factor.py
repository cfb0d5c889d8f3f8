from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.models import AuditEvent, RecoveryCode
from portal.accounts.services.second_factor import (
    is_right_code,
)
from tests.cast import PASSWORD, Cast
from tests.conftest import As
from tests.portal.codes import code_of, enrolled

SESSION = "/api/v1/session"
MINE = "/api/v1/me/second-factor"
JSON = "application/json"
Settle = Callable[..., None]


def enter(code: str = "", username: str = "olga", client: Client | None = None) -> tuple[int, str]:
    body = {"username": username, "password": PASSWORD, "code": code}
    answer = (client or Client()).post(SESSION, body, JSON)
    return answer.status_code, answer.json().get("code", "")


def post(client: Client, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{MINE}{path}", body, JSON)
    return answer.status_code, answer.json() if answer.content else {}


def test_a_person_sets_up_a_second_factor_by_a_drawn_code(cast: Cast, as_user: As) -> None:
    olga = as_user(cast.olga)

    assert post(olga, "", password="wrong")[1]["code"] == "wrong_password"
    begun, told = post(olga, "", password=PASSWORD)
    assert begun == 201
    assert told["address"].startswith("otpauth://totp/Ondol%3Aolga?secret=")
    assert told["secret"] in told["address"]
    assert {len(row) for row in told["qr"]} == {len(told["qr"])}
    # Nothing is asked for before a code showed that the device has the secret.
    assert enter() == (200, "")
    assert post(olga, "/confirmation", code="000000")[0] == 422
    confirmed, answer = post(olga, "/confirmation", code=code_of(cast.olga))
    assert (confirmed, len(answer["codes"])) == (200, 10)
    assert olga.get(MINE).json() == {"state": "on", "recovery_codes_left": 10}
    assert olga.get("/api/v1/me").json()["second_factor"] == "on"
    assert post(olga, "", password=PASSWORD)[1]["code"] == "has_second_factor"


def test_a_code_is_asked_for_at_the_sign_in_and_good_once(cast: Cast) -> None:
    enrolled(cast.olga)
    code = code_of(cast.olga)

    assert enter() == (403, "second_factor_needed")
    assert enter("000000") == (403, "wrong_second_factor")
    assert enter(f" {code[:3]} {code[3:]}") == (200, "")
    assert enter(code) == (403, "wrong_second_factor")
    assert enter(code_of(cast.olga, ahead=1)) == (200, "")
    assert enter(code_of(cast.olga, ahead=9)) == (403, "wrong_second_factor")


def test_a_wrong_password_is_not_told_of_the_second_factor(cast: Cast) -> None:
    enrolled(cast.olga)
    body = {"username": "olga", "password": "wrong", "code": code_of(cast.olga)}

    assert Client().post(SESSION, body, JSON).json()["code"] == "wrong_login"
    assert enter(code_of(cast.olga)) == (200, "")


def test_a_recovery_code_stands_in_once_and_is_kept_as_a_digest(cast: Cast, as_user: As) -> None:
    codes = enrolled(cast.olga)

    assert codes[0].replace("-", "") not in str(RecoveryCode.objects.values())
    assert enter(codes[0].upper()) == (200, "")
    assert enter(codes[0]) == (403, "wrong_second_factor")
    assert as_user(cast.olga).get(MINE).json()["recovery_codes_left"] == 9
    renewed = post(as_user(cast.olga), "/recovery-codes", password=PASSWORD)[1]["codes"]
    assert enter(codes[1]) == (403, "wrong_second_factor")
    assert enter(renewed[0]) == (200, "")
    assert AuditEvent.objects.filter(action="second_factor.recovered").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_code_that_comes_many_times_at_once_is_right_once(cast: Cast) -> None:
    recovery = enrolled(cast.olga)[0]

    for code in (code_of(cast.olga), recovery):

        def one(_: int, code: str = code) -> bool:
            try:
                return is_right_code(cast.olga, code)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one, range(24))) == 1


def test_codes_are_tried_a_few_times(cast: Cast, settle: Settle) -> None:
    settle(limit_second_factor="2 per hour", limit_sign_in_account="")
    enrolled(cast.olga)

    assert [enter("000000")[0] for _ in range(3)] == [403, 403, 429]
    assert enter(code_of(cast.olga)) == (429, "too_many_tries")
    assert enter() == (403, "second_factor_needed")


def test_turning_it_off_takes_the_password(cast: Cast, as_user: As) -> None:
    codes = enrolled(cast.olga)
    olga = as_user(cast.olga)

    assert post(olga, "/removal", password="wrong")[0] == 422
    assert post(olga, "/removal", password=PASSWORD)[0] == 204
    assert enter(codes[0]) == (200, "")
    assert post(olga, "/removal", password=PASSWORD)[1]["code"] == "no_second_factor"
    assert post(olga, "/recovery-codes", password=PASSWORD)[1]["code"] == "no_second_factor"
    assert post(olga, "/confirmation", code="123456")[1]["code"] == "no_second_factor"


def test_an_administrator_takes_a_lost_one_away(cast: Cast, as_user: As) -> None:
    enrolled(cast.olga)
    ada = as_user(cast.ada)
    path = "/api/v1/people/olga"

    assert ada.get(path).json()["second_factor"]
    assert as_user(cast.mark).delete(f"{path}/second-factor").status_code == 403
    assert ada.delete(f"{path}/second-factor").status_code == 204
    assert ada.delete(f"{path}/second-factor").json()["code"] == "no_second_factor"
    assert not ada.get(path).json()["second_factor"]
    assert enter() == (200, "")


def test_the_console_takes_the_last_administrators_away(cast: Cast) -> None:
    enrolled(cast.ada)
    call_command("reset_second_factor", "ada")

    assert enter(username="ada") == (200, "")


def test_a_server_may_ask_one_of_every_administrator(
    cast: Cast, as_user: As, settle: Settle
) -> None:
    settle(admin_second_factor=True)
    ada = as_user(cast.ada)

    assert ada.get("/api/v1/me").json()["second_factor"] == "required"
    for path in ("/api/v1/people", "/api/v1/models"):
        assert ada.get(path).json()["code"] == "second_factor_required"
    assert as_user(cast.olga).get("/api/v1/models").status_code == 200
    post(ada, "", password=PASSWORD)
    post(ada, "/confirmation", code=code_of(cast.ada))
    assert ada.get("/api/v1/people").status_code == 200


BAD: list[tuple[str, Any]] = [
    ("", {}),
    ("", {"password": None}),
    ("", {"password": ["x"]}),
    ("", {"password": "\0"}),
    ("/confirmation", {}),
    ("/confirmation", {"code": "1" * 41}),
    ("/confirmation", {"code": {"a": 1}}),
    ("/removal", []),
]


@pytest.mark.parametrize(("path", "body"), BAD)
def test_what_is_wrong_with_a_form_is_said_by_field(
    cast: Cast, as_user: As, path: str, body: Any
) -> None:
    answer = as_user(cast.olga).post(f"{MINE}{path}", body, JSON)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["details"]
    assert not TOTPDevice.objects.exists()
