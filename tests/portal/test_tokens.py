import datetime as dt
import re

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
