from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from portal.accounts.models import ExternalIdentity, User
from portal.accounts.proof import PROVED_AT
from portal.settings.env import Env
from tests.cast import Cast
from tests.portal.codes import enrolled
from tests.portal.provider import SECRET, Provider, running

START = "/api/v1/single-sign-on"
NINA = {
    "sub": "u-1",
    "email": "nina@example.org",
    "email_verified": True,
    "preferred_username": "Nina.Söder@example.org",
    "name": "Nina Söder",
}
Settle = Callable[..., None]


@pytest.fixture
def provider(settle: Settle, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with running() as served:
        served.claims = dict(NINA)
        settle(oidc_issuer=served.issuer, oidc_client_secret=SecretStr(SECRET))
        yield served


def way_back(client: Client, onward: str = "/") -> str:
    """Go to the provider, and return where it sends the browser."""
    begun = client.get(START, {"next": onward})
    assert begun.status_code == 302
    there = httpx.get(begun["Location"])
    assert there.status_code == 302, there.text
    return str(there.headers["Location"])


def enter(client: Client | None = None) -> str:
    client = client or Client()
    return str(client.get(way_back(client))["Location"])


def test_who_the_provider_vouches_for_gets_an_account_and_comes_back_to_it(
    provider: Provider,
) -> None:
    client = Client()
    asked = parse_qs(urlsplit(client.get(START)["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"]
    assert asked["nonce"]

    assert client.get(way_back(client, "/jobs"))["Location"] == "/jobs"
    me = client.get("/api/v1/me").json()
    assert (me["username"], me["role"]) == ("nina.soder", "viewer")
    assert me["display_name"] == "Nina Söder"
    # The subject is who somebody is: addresses and names may change.
    provider.claims |= {"email": "other@example.org", "preferred_username": "other"}
    assert enter() == "/"
    assert ExternalIdentity.objects.get().user.username == "nina.soder"


def test_nobody_is_sent_to_another_site(provider: Provider) -> None:
    for onward in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"):
        client = Client()
        assert client.get(way_back(client, onward))["Location"] == "/"


def test_a_way_back_is_good_once_and_only_in_the_browser_that_began(provider: Provider) -> None:
    client, other = Client(), Client()
    path = way_back(client)

    assert other.get(path)["Location"] == "/login?refused=sso_failed"
    assert client.get(path)["Location"] == "/"
    assert client.get(path)["Location"] == "/login?refused=sso_failed"
    assert client.get(f"{START}/callback?error=access_denied")["Location"].endswith("sso_denied")
    assert client.get(f"{START}/callback")["Location"].endswith("sso_failed")


def test_who_was_refused_still_goes_where_they_wanted(provider: Provider) -> None:
    client = Client()
    way_back(client, "/jobs?state=open")
    refused = client.get(f"{START}/callback?error=access_denied")["Location"]
    assert refused == "/login?refused=sso_denied&next=%2Fjobs%3Fstate%3Dopen"


def test_who_came_by_the_provider_is_known_to_have_no_password(
    provider: Provider, cast: Cast
) -> None:
    client = Client()
    client.get(way_back(client))
    assert client.get("/api/v1/me").json()["has_password"] is False
    client.force_login(cast.olga)
    assert client.get("/api/v1/me").json()["has_password"] is True


def test_who_has_no_password_sets_up_a_second_factor_after_signing_on(provider: Provider) -> None:
    client = Client()
    client.get(way_back(client))
    begun = client.post("/api/v1/me/second-factor", {"password": ""}, "application/json")
    assert begun.status_code == 201
    session = client.session
    session[PROVED_AT] = 0
    session.save()
    asked = client.post("/api/v1/me/second-factor", {"password": ""}, "application/json")
    assert (asked.status_code, asked.json()["code"]) == (403, "reauthentication_required")


def spoil_nonce(provider: Provider) -> None:
    provider.nonce = "another"


def spoil_audience(provider: Provider) -> None:
    provider.audience = "another"


def spoil_signature(provider: Provider) -> None:
    provider.shown_key = RSAKey.generate_key(2048, {"kid": "k", "use": "sig", "alg": "RS256"})


@pytest.mark.parametrize("spoil", [spoil_nonce, spoil_audience, spoil_signature])
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    provider: Provider, spoil: Callable[[Provider], None]
) -> None:
    spoil(provider)
    before = User.objects.count()

    assert enter() == "/login?refused=sso_failed"
    assert User.objects.count() == before


def test_an_account_is_linked_by_a_verified_address_and_no_other(
    provider: Provider, cast: Cast
) -> None:
    User.objects.filter(username="olga").update(email="Nina@example.org")
    provider.claims["email_verified"] = "true"
    client = Client()
    enter(client)
    assert client.get("/api/v1/me").json()["username"] == "nina.soder"

    provider.claims |= {"email_verified": True, "sub": "u-2"}
    client = Client()
    assert enter(client) == "/"
    assert client.get("/api/v1/me").json()["username"] == "olga"


def test_no_administrator_and_no_second_factor_is_gone_round(
    provider: Provider, cast: Cast
) -> None:
    User.objects.filter(username="ada").update(email="nina@example.org")
    assert enter() == "/login?refused=sso_not_linked"
    User.objects.filter(username="ada").update(email="")
    User.objects.filter(username="olga").update(email="nina@example.org")
    enrolled(cast.olga)
    assert enter() == "/login?refused=sso_not_linked"
    User.objects.filter(username__in=["mark", "rita"]).update(email="nina@example.org")
    User.objects.filter(username="olga").update(email="")
    assert enter() == "/login?refused=sso_not_linked"
    assert not ExternalIdentity.objects.exists()


def test_domains_groups_and_inactive_people(provider: Provider, settle: Settle) -> None:
    settle(oidc_domains=["example.com"])
    assert enter() == "/login?refused=sso_domain"
    settle(oidc_domains=["example.org"], oidc_groups={"a": "viewer", "b": "maintainer"})
    provider.claims["groups"] = ["a", "b", 7]
    assert enter() == "/"
    person = User.objects.get(username="nina.soder")
    assert person.role == "maintainer"
    provider.claims["groups"] = ["a"]
    enter()
    person.refresh_from_db()
    assert person.role == "viewer"
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert enter() == "/login?refused=sso_inactive"


@pytest.mark.parametrize("claims", [{"sub": ""}, {"sub": None}, {"sub": ["u"]}])
def test_a_token_without_a_subject_opens_nothing(
    provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims |= claims

    assert enter() == "/login?refused=sso_failed"


def test_a_provider_that_is_away_or_another_leads_back(provider: Provider, settle: Settle) -> None:
    settle(oidc_issuer="http://127.0.0.1:9")
    assert Client().get(START)["Location"] == "/login?refused=sso_failed"
    settle(oidc_issuer=provider.issuer.replace("127.0.0.1", "localhost"))
    assert Client().get(START)["Location"] == "/login?refused=sso_failed"
    settle(oidc_issuer="")
    assert Client().get(START)["Location"] == "/login?refused=sso_off"
    assert Client().get("/api/v1/session").json()["single_sign_on"] == ""


def test_groups_are_a_list_of_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDOL_OIDC_GROUPS", "team=contributor, staff=maintainer")

    assert Env().oidc_groups == {"team": "contributor", "staff": "maintainer"}
