import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import ApiToken
from portal.accounts.services.tokens import create_token, revoke_token
from portal.accounts.types import Scope
from tests.cast import Cast
from tests.conftest import As


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_secret_is_shown_once_and_kept_as_a_digest(cast: Cast, as_user: As) -> None:
    made = as_user(cast.olga).post("/api/v1/tokens", {"name": "ci"}, "application/json").json()

    assert re.fullmatch(r"hf_[A-Za-z0-9]{37}", made["secret"])
    assert made["secret"] not in str(ApiToken.objects.values())
    listed = as_user(cast.olga).get("/api/v1/tokens").json()["results"]
    assert [row["name"] for row in listed] == ["ci"]
    assert "secret" not in listed[0]


def test_a_token_acts_for_its_person(cast: Cast) -> None:
    _, secret = create_token(cast.olga, name="t", scope=Scope.READ)

    assert Client().get("/api/v1/me", headers=bearer(secret)).json()["username"] == "olga"


def test_a_token_that_reads_changes_nothing(cast: Cast) -> None:
    _, secret = create_token(cast.olga, name="t", scope=Scope.READ)
    answer = Client().post(
        "/api/v1/tokens", {"name": "more"}, "application/json", headers=bearer(secret)
    )

    assert answer.status_code == 403


def test_expired_revoked_and_invented_tokens_open_nothing(cast: Cast) -> None:
    expired, first = create_token(cast.olga, name="old", scope=Scope.READ, days=1)
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - dt.timedelta(1))
    revoked, second = create_token(cast.olga, name="gone", scope=Scope.READ)
    revoke_token(cast.olga, revoked.pk)

    for secret in (first, second, "hf_" + "x" * 37):
        answer = Client().get("/api/v1/me", headers=bearer(secret))
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_token")


def test_nobody_revokes_the_token_of_another(cast: Cast, as_user: As) -> None:
    token, _ = create_token(cast.olga, name="t", scope=Scope.READ)

    assert as_user(cast.mark).delete(f"/api/v1/tokens/{token.pk}").status_code == 404
    assert as_user(cast.olga).delete(f"/api/v1/tokens/{token.pk}").status_code == 204


CALLS = (
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/search"),
    ("GET", "/api/v1/jobs"),
    ("POST", "/api/v1/models"),
    ("POST", "/api/v1/runners"),
    ("GET", "/api/v1/tokens"),
    ("POST", "/api/v1/tokens"),
    ("GET", "/api/v1/people"),
)
LET_IN = {
    Scope.READ: {0, 1, 2},
    Scope.WRITE: {0, 1, 2, 3, 4},
    Scope.DEVICE: {0, 1},
    Scope.RUNNER: {0, 4},
    Scope.ADMIN: set(range(len(CALLS))),
}


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_what_its_scope_names_even_for_an_administrator(
    cast: Cast, scope: Scope
) -> None:
    _, secret = create_token(cast.ada, name="t", scope=scope)
    client = Client(headers=bearer(secret))
    let_in = {
        number
        for number, (method, path) in enumerate(CALLS)
        if client.generic(method, path, "{}", "application/json").status_code != 403
    }

    assert let_in == LET_IN[scope]


def test_the_last_use_of_a_token_is_noted_once_a_minute(cast: Cast) -> None:
    token, secret = create_token(cast.olga, name="t", scope=Scope.READ)
    client = Client(headers=bearer(secret), REMOTE_ADDR="192.0.2.7")
    client.get("/api/v1/me")
    token.refresh_from_db()
    first = token.last_used_at
    client.get("/api/v1/me")
    token.refresh_from_db()

    assert (token.last_used_at, token.last_used_from) == (first, "192.0.2.7")
    ApiToken.objects.update(last_used_at=timezone.now() - dt.timedelta(minutes=2))
    client.get("/api/v1/me")
    token.refresh_from_db()
    assert token.last_used_at != first
