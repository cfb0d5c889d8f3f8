"""What every kind of answer says to browsers, asked of the served application."""

import hashlib
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings
from pytest_django import Settings

from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.core.http.headers import FOR_ALL, NO_PAGE, POLICY
from repository.services.raw_views import NETRON
from tests.cast import PASSWORD, Cast
from tests.jobs.scene import publish

TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "filename YS50eHQ="}
PAGE = "<script>alert(document.cookie)</script>"


@pytest.fixture
def caller(server: str, cast: Cast) -> Iterator[httpx.Client]:
    _, secret = create_token(cast.olga, name="t", scope=Scope.WRITE)
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {secret}"}) as client:
        yield client


def publish_page(owner: User) -> str:
    """Publish a model with a page of its owner's in it, and return the page's digest."""
    publish(owner, files={"model.onnx": b"bytes", "page.html": PAGE.encode()})
    return hashlib.sha256(PAGE.encode()).hexdigest()


def heads(caller: httpx.Client, calls: dict[str, tuple[str, str]]) -> dict[str, httpx.Response]:
    """Return what each call answers; of the stream that never ends, its head."""
    found = {}
    for name, (method, path) in calls.items():
        with caller.stream(method, path, headers=TUS) as answer:
            if name != "events":
                answer.read()
            found[name] = answer
    return found


def test_every_kind_of_answer_protects_its_reader(caller: httpx.Client, cast: Cast) -> None:
    digest = publish_page(cast.olga)
    answers = heads(
        caller,
        {
            "page": ("GET", "/models"),
            "documentation": ("GET", "/api/docs"),
            "api": ("GET", "/api/v1/me"),
            "refusal": ("GET", "/api/v1/people"),
            "no such path": ("GET", "/api/v1/nowhere"),
            "blob": ("GET", f"/api/v1/blobs/{digest}?filename=page.html"),
            "archive": ("GET", "/api/v1/models/olga/tiny/archive"),
            "hugging face": ("GET", "/hf/olga/tiny/resolve/main/page.html"),
            "hugging face refusal": ("GET", "/hf/api/models/olga/none"),
            "tus": ("POST", "/api/v1/uploads"),
            "tus refusal": ("PATCH", "/api/v1/uploads/none"),
            "events": ("GET", "/api/v1/events?topics=jobs"),
            "runner": ("POST", "/runner/v1/claim"),
            "health": ("GET", "/healthz"),
        },
    )
    for name, answer in answers.items():
        assert answer.status_code < 500, name
        assert len(answer.headers["X-Request-Id"]) == 16, name
        for header, value in FOR_ALL.items():
            assert answer.headers[header] == value, (name, header)
        assert "Cache-Control" in answer.headers, name
        policy = answer.headers["Content-Security-Policy"]
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        assert "script-src 'self'" in policy if is_page else "sandbox" in policy, name
        assert "unsafe-eval" not in policy
    assert answers["page"].headers["Content-Security-Policy"] == POLICY
    assert answers["api"].headers["Content-Security-Policy"] == NO_PAGE
    assert answers["api"].headers["Cache-Control"] == "no-store"
    for name in ("blob", "hugging face", "archive"):
        assert answers[name].headers["Content-Disposition"].startswith("attachment"), name
        assert "html" not in answers[name].headers["Content-Type"], name


IN_FRONT = {
    ("GET", "/hf/api/models"),
    ("GET", "/api/v1/blobs/none"),
    ("GET", "/api/v1/events?topics=jobs"),
    ("GET", f"{NETRON}index.html"),
    ("POST", "/api/v1/uploads"),
    ("POST", "/runner/v1/claim"),
}


def test_a_call_by_a_name_that_is_not_ours_is_refused_everywhere(caller: httpx.Client) -> None:
    for method, path in {*IN_FRONT, ("GET", "/api/v1/models"), ("GET", "/healthz")}:
        answer = caller.request(method, path, headers={"Host": "elsewhere.example"})
        assert answer.status_code == 400, path
    answer = caller.get("/hf/api/models", headers={"Host": "elsewhere.example"})
    assert answer.json()["code"] == "unknown_host"


def test_where_there_is_https_nothing_is_answered_without_it(
    caller: httpx.Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "ondol.example.org"
    for method, path in IN_FRONT:
        answer = caller.request(method, path)
        if method == "GET":
            assert answer.headers["Location"] == f"https://ondol.example.org{path}"
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "https_only")
    assert caller.get("/healthz").status_code == 200


def test_the_page_has_no_script_style_or_handler_of_its_own(server: str) -> None:
    page = httpx.get(f"{server}/").text
    assert "<script src=" in page
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onload=" not in page


def test_cookies_stay_with_the_portal(server: str, cast: Cast, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    first = httpx.get(f"{server}/api/v1/session")
    word = first.cookies["csrftoken"]
    entered = httpx.post(
        f"{server}/api/v1/session",
        json={"username": "olga", "password": PASSWORD},
        headers={"Cookie": f"csrftoken={word}", "X-CSRFToken": word},
    )
    assert entered.status_code == 200
    said = {line.partition("=")[0]: line for line in entered.headers.get_list("Set-Cookie")}
    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
        assert part in said["ondol_session"]
    for part in ("SameSite=Lax", "Secure"):
        assert part in said["csrftoken"]


def test_a_change_that_another_site_sends_is_refused_in_the_shape_of_the_api(server: str) -> None:
    body = {"username": "olga", "password": PASSWORD}
    answer = httpx.post(f"{server}/api/v1/session", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize("says_its_length", [True, False])
def test_a_body_over_the_limit_is_refused(server: str, says_its_length: bool) -> None:  # noqa: FBT001
    size = settings.ENV.body_limit_bytes + 1
    pieces = (bytes(1 << 20) for _ in range(0, size, 1 << 20))
    sent = bytes(size) if says_its_length else pieces
    answer = httpx.post(f"{server}/api/v1/session", content=sent, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_files_come_from_an_address_of_their_own_where_one_is_set(
    caller: httpx.Client, cast: Cast, settings: Settings
) -> None:
    here = str(caller.base_url).rstrip("/")
    own = here.replace("127.0.0.1", "localhost")
    settings.ENV = settings.ENV.model_copy(update={"bytes_url": own})
    digest = publish_page(cast.olga)
    moved = caller.get(f"/api/v1/blobs/{digest}?filename=page.html")
    assert moved.status_code == 302
    place = moved.headers["Location"]
    assert place.startswith(f"{own}/bytes/")
    found = httpx.get(place)
    assert found.text == PAGE
    assert found.headers["Content-Disposition"].startswith("attachment")
    assert found.headers["Content-Security-Policy"] == NO_PAGE
    forged = httpx.get(f"{place}x")
    assert (forged.status_code, forged.json()["code"]) == (403, "wrong_address")
    by_hub = caller.get("/hf/olga/tiny/resolve/main/page.html")
    assert by_hub.headers["Location"].startswith(f"{own}/bytes/")
