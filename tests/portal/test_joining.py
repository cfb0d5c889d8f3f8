import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from pydantic import SecretStr, ValidationError

from portal.accounts.models import User
from portal.accounts.services.joining import mail_reset
from portal.core.models import OutboxMessage
from portal.settings.env import Env
from tests.cast import PASSWORD, Cast

JSON = "application/json"
Settle = Callable[..., None]
NINA = {"username": "nina", "password": PASSWORD, "email": "nina@example.org"}


def post(path: str, body: Any) -> tuple[int, str]:
    answer = Client().post(f"/api/v1/{path}", body, JSON)
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


def test_nobody_signs_up_alone_unless_the_server_says_so(cast: Cast, settle: Settle) -> None:
    assert post("sign-up", NINA) == (403, "sign_up_closed")
    assert not Client().get("/api/v1/session").json()["open_sign_up"]
    settle(open_sign_up="viewer")
    assert Client().get("/api/v1/session").json()["open_sign_up"]
    assert post("sign-up", NINA) == (204, "")
    assert post("session", {"username": "nina", "password": PASSWORD})[0] == 200
    assert User.objects.get(username="nina").role == "viewer"
    assert post("sign-up", NINA) == (409, "name_taken")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"username": "Nina"}, "username"),
    ({"username": "n\u0456na"}, "username"),
    ({"username": "nina\u200b"}, "username"),
    ({"username": "\uff4eina"}, "username"),
    ({"username": "a" * 65}, "username"),
    ({"username": "a\0b"}, "username"),
    ({"username": ["nina"]}, "username"),
    ({"username": "../nina"}, "username"),
    ({"password": "short"}, "password"),
    ({"password": "1234567890"}, "password"),
    ({"password": "x" * 201}, "password"),
    ({"password": None}, "password"),
    ({"email": "nina"}, "email"),
    ({"email": "nina@example.org\nBcc: all@example.org"}, "email"),
    ({"display_name": "x" * 121}, "display_name"),
]


@pytest.mark.parametrize(("wrong", "field"), BAD)
def test_a_form_is_refused_by_the_field_that_is_wrong(
    cast: Cast, settle: Settle, wrong: dict[str, Any], field: str
) -> None:
    settle(open_sign_up="contributor")
    before = User.objects.count()
    answer = Client().post("/api/v1/sign-up", {**NINA, **wrong}, JSON)

    assert (answer.status_code, list(answer.json()["details"])) == (422, [field])
    assert User.objects.count() == before


@pytest.mark.parametrize("path", ["sign-up", "password-resets", "setup", "session"])
def test_another_site_sends_no_form(cast: Cast, settle: Settle, path: str) -> None:
    settle(open_sign_up="viewer", mail_url=SecretStr("smtp://mail"))
    strict = Client(enforce_csrf_checks=True)
    body = {**NINA, "name": "olga", "token": "x"}

    assert strict.post(f"/api/v1/{path}", body, JSON).status_code == 403
    assert not OutboxMessage.objects.exists()


def test_a_link_for_a_new_password_comes_by_mail_and_opens_once(
    cast: Cast, settle: Settle, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.filter(username="olga").update(email="olga@example.org", locale="ko")
    assert post("password-resets", {"name": "olga"}) == (409, "no_mail")
    settle(mail_url=SecretStr("smtp://mail"))
    for name in ("Olga", "olga@example.org", "mark", "nobody"):
        assert post("password-resets", {"name": name}) == (204, "")
    # What a worker does: the answers above, and the time they took, told nothing.
    for message in OutboxMessage.objects.order_by("id"):
        mail_reset(**message.arguments)

    assert [mail.to for mail in mailoutbox] == [["olga@example.org"]] * 2
    assert mailoutbox[0].subject == "Ondol 비밀번호 재설정"
    link = re.search(r"\S+/setup\?user=olga&token=(\S+)", mailoutbox[0].body)
    assert link is not None
    assert link[0].startswith(settings.ENV.public_url)
    body = {"username": "olga", "token": link[1], "password": "another-horse-10"}
    assert post("setup", body) == (204, "")
    assert post("setup", body) == (403, "wrong_link")


def test_a_person_signs_out_everywhere(cast: Cast) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/api/v1/session", {"username": "olga", "password": PASSWORD}, JSON)

    assert here.delete("/api/v1/sessions?here=perhaps").status_code == 422
    assert here.delete("/api/v1/sessions?here=true").status_code == 204
    assert [client.get("/api/v1/me").status_code for client in (here, there)] == [401, 401]


def test_the_mail_server_is_one_address() -> None:
    told = Env(mail_url=SecretStr("smtp+tls://me%40x:p%2Fw@mail.example.org")).mail_server()

    assert told["EMAIL_HOST"] == "mail.example.org"
    assert (told["EMAIL_HOST_USER"], told["EMAIL_HOST_PASSWORD"]) == ("me@x", "p/w")
    assert (told["EMAIL_PORT"], told["EMAIL_USE_TLS"]) == (587, True)
    with pytest.raises(ValidationError):
        Env(mail_url=SecretStr("http://mail"))
