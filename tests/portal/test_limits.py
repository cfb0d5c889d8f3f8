import asyncio
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.test import Client

from jobs.models import Runner
from portal.accounts.models import SignIn, User
from portal.accounts.services.people import setup_path
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.asgi import application
from portal.core.errors import TooMany
from portal.core.limits import Limit, counter, forgive, make_counter, network_of, take
from repository.models import UploadSession
from tests.cast import PASSWORD, Cast

SESSION = "/api/v1/session"
JSON = "application/json"
TRIES = 1000
Settle = Callable[..., None]


def let_through(limit: Limit, tries: int) -> int:
    def one(_: int) -> int:
        try:
            take(limit, "olga")
        except TooMany:
            return 0
        return 1

    with ThreadPoolExecutor(100) as pool:
        return sum(pool.map(one, range(tries)))


def test_of_1000_parallel_tries_in_one_process_5_are_let_through(settle: Settle) -> None:
    settle(limit_sign_in_account="5 per hour")

    assert let_through(Limit.SIGN_IN_ACCOUNT, TRIES) == 5


def test_of_1000_parallel_tries_counted_in_redis_5_are_let_through(
    redis: None, settle: Settle
) -> None:
    settle(limit_sign_in_account="5 per hour")

    assert let_through(Limit.SIGN_IN_ACCOUNT, TRIES) == 5
    # Another process counts on where this one was.
    make_counter.cache_clear()
    assert let_through(Limit.SIGN_IN_ACCOUNT, 10) == 0
    forgive(Limit.SIGN_IN_ACCOUNT, "olga")
    take(Limit.SIGN_IN_ACCOUNT, "olga")


def test_an_empty_limit_is_none(settle: Settle) -> None:
    settle(limit_search_user="")

    assert let_through(Limit.SEARCH_USER, 50) == 50


def sign_in(client: Client, password: str, username: str = "olga") -> tuple[int, str, str]:
    answer = client.post(SESSION, {"username": username, "password": password}, JSON)
    return answer.status_code, answer.json().get("code", ""), answer.get("Retry-After", "")


@pytest.mark.django_db(transaction=True)
def test_of_60_sign_ins_at_once_5_are_looked_at(
    server: str, cast: Cast, redis: None, settle: Settle
) -> None:
    settle(limit_sign_in_account="5 per hour")

    async def try_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=server, timeout=60) as client:
            token = (await client.get(SESSION)).cookies["csrftoken"]
            headers = {"X-CSRFToken": token, "Origin": server}
            body = {"username": "olga", "password": "wrong"}
            calls = [client.post(SESSION, json=body, headers=headers) for _ in range(60)]
            return await asyncio.gather(*calls)

    answers = asyncio.run(try_all())

    assert Tally(answer.status_code for answer in answers) == {401: 5, 429: 55}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "too_many_tries"
    assert refused.json()["message"] == "This was tried too often. Try again in 60 minutes."
    assert 3590 <= int(refused.headers["Retry-After"]) <= 3600


def test_an_unknown_name_is_counted_like_a_known_one(cast: Cast, settle: Settle) -> None:
    settle(limit_sign_in_account="2 per hour")
    heard = {
        name: [sign_in(Client(), "wrong", name)[:2] for _ in range(3)]
        for name in ("olga", "nobody")
    }

    assert heard["olga"] == heard["nobody"]
    assert heard["olga"][2] == (429, "too_many_tries")


def test_spellings_of_one_name_share_its_tries(cast: Cast, settle: Settle) -> None:
    settle(limit_sign_in_account="2 per hour")
    said = [
        sign_in(Client(), "wrong", name)[0]
        for name in ("Olga", "\uff4f\uff4c\uff47\uff41", "olga ")
    ]

    assert said == [401, 401, 429]


def test_strangers_lock_nobody_out_of_the_browser_they_use(cast: Cast, settle: Settle) -> None:
    settle(limit_sign_in_account="3 per hour", limit_sign_in_address="4 per hour")
    at_home = Client()
    assert sign_in(at_home, PASSWORD, "ada")[0] == 200
    at_home.delete(SESSION)
    stranger = [sign_in(Client(), "wrong", "ada")[0] for _ in range(5)]

    assert stranger == [401, 401, 401, 429, 429]
    assert sign_in(Client(), PASSWORD, "ada")[0] == 429
    assert sign_in(at_home, PASSWORD, "ada")[0] == 200
    # The browser has tries of its own, for this one account.
    assert [sign_in(at_home, "wrong", "ada")[0] for _ in range(4)] == [401, 401, 401, 429]
    assert sign_in(at_home, "wrong", "olga")[0] == 429


def test_a_sign_in_forgets_the_tries_before_it(cast: Cast, settle: Settle) -> None:
    settle(limit_sign_in_account="3 per hour")
    said = [sign_in(Client(), word)[0] for word in ("wrong", "wrong", PASSWORD) * 2]

    assert said == [401, 401, 200] * 2


def test_a_session_tries_few_old_passwords(cast: Cast, settle: Settle) -> None:
    settle(limit_sign_in_account="2 per hour")
    client = Client()
    client.force_login(cast.olga)
    body = {"old_password": "wrong", "password": "another-horse-10"}
    said = [client.post("/api/v1/me/password", body, JSON).status_code for _ in range(3)]

    assert said == [422, 422, 429]


def test_links_are_tried_a_few_times_from_one_address(cast: Cast, settle: Settle) -> None:
    settle(limit_link_account="2 per hour")
    token = setup_path(cast.olga).partition("token=")[2]
    body = {"username": "olga", "token": "wrong", "password": PASSWORD}
    far, near = Client(REMOTE_ADDR="192.0.2.7"), Client(REMOTE_ADDR="192.0.2.8")

    assert [far.post("/api/v1/setup", body, JSON).status_code for _ in range(3)] == [403, 403, 429]
    assert near.post("/api/v1/setup", {**body, "token": token}, JSON).status_code == 204


def test_guessing_secrets_stops_neither_known_ones_nor_other_addresses(
    cast: Cast, settle: Settle
) -> None:
    settle(limit_credential_address="3 per hour")
    secrets = [create_token(cast.olga, name=name, scope=Scope.READ)[1] for name in ("a", "b")]

    def ask(secret: str, address: str = "192.0.2.7", path: str = "/api/v1/me") -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return Client(REMOTE_ADDR=address).get(path, headers=headers).status_code

    assert ask(secrets[0]) == 200
    assert [ask(f"hf_{number}") for number in range(3)] == [401, 401, 429]
    assert ask("or_x", path="/device/v1/search") == 429
    assert (ask(secrets[0]), ask(secrets[1])) == (200, 429)
    assert ask(secrets[1], "192.0.2.8") == 200


def test_codes_of_runners_are_tried_a_few_times(cast: Cast, settle: Settle) -> None:
    settle(limit_credential_address="2 per hour")
    body = {"code": "wrong", "protocol": 1, "runner_version": "1", "public_key": ""}
    said = [Client().post("/runner/v1/enroll", body, JSON).status_code for _ in range(3)]

    assert said[2] == 429
    assert 429 not in said[:2]
    assert not Runner.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/search?q=a", "/api/v1/search/suggest?q=a"])
def test_searches_are_counted_by_person_and_by_address(
    cast: Cast, vocabulary: None, settle: Settle, path: str
) -> None:
    settle(limit_search_user="2 per hour", limit_search_address="3 per hour")

    def ask(user: User) -> int:
        client = Client()
        client.force_login(user)
        return client.get(path).status_code

    assert [ask(cast.olga) for _ in range(3)] == [200, 200, 429]
    assert [ask(cast.mark) for _ in range(2)] == [429, 429]


@pytest.mark.django_db(transaction=True)
def test_begun_uploads_are_counted_by_person_on_every_way_in(
    server: str, cast: Cast, settle: Settle
) -> None:
    settle(limit_upload_user="2 per hour")
    _, secret = create_token(cast.olga, name="up", scope=Scope.WRITE)
    headers = {"Authorization": f"Bearer {secret}", "Upload-Length": "4"}
    headers["Upload-Metadata"] = "filename bW9kZWwub25ueA=="
    with httpx.Client(base_url=server, headers=headers) as client:
        answers = [client.post("/api/v1/uploads") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].headers["Retry-After"]
    assert UploadSession.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("peer", "noted"), [("127.0.0.1", "198.51.100.4"), ("203.0.113.9", "203.0.113.9")]
)
def test_only_a_trusted_proxy_says_where_a_call_comes_from(
    cast: Cast, peer: str, noted: str
) -> None:
    async def enter() -> int:
        wire = httpx.ASGITransport(application, client=(peer, 50000))
        async with httpx.AsyncClient(transport=wire, base_url="http://localhost") as client:
            token = (await client.get(SESSION)).cookies["csrftoken"]
            body = {"username": "olga", "password": PASSWORD}
            headers = {"X-CSRFToken": token, "X-Forwarded-For": "6.6.6.6, 198.51.100.4"}
            return (await client.post(SESSION, json=body, headers=headers)).status_code

    assert asyncio.run(enter()) == 200
    assert SignIn.objects.get().address == noted


def test_an_ipv6_network_is_one_place() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db8:1::1")
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("") == ""


def test_names_stay_out_of_what_is_counted(redis: None, settle: Settle) -> None:
    take(Limit.SIGN_IN_ACCOUNT, "account", "my-password-by-mistake")
    kept = counter()._shared.storage.storage.keys("*")

    assert kept
    assert b"my-password" not in b"".join(kept)
