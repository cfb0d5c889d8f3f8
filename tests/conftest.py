"""Fixtures that most tests share: cast, vocabulary, signed-in clients, a live server."""

import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from jobs.services.profiles import load_profiles
from portal.accounts.models import User
from portal.accounts.models.append_only import forbidding, lifting
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.asgi import application
from portal.core.http.slow_heads import PatientProtocol
from portal.core.limits import make_counter
from portal.core.models import OutboxMessage
from portal.core.quick_redis import quick_redis
from portal.core.wakeups import sleepers
from repository.blobs.store import blob_store
from repository.models import Context
from repository.search.backend import search_index
from repository.services.vocabulary import load_vocabulary
from tests.cast import Cast, people
from tests.shipped_rows import flush_without_permissions, keep_rows, put_rows_back

As = Callable[[User], Client]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--of-database", action="store_true", help="only tests that use a database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a second database cannot change."""
    if not config.getoption("--of-database"):
        return
    left_out = [item for item in items if not uses_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if uses_database(item)]


def uses_database(item: pytest.Item) -> bool:
    asked = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test blobs, uploads and a search index of its own."""
    own = {"home": tmp_path, "host_lock": tmp_path / "host.lock"}
    changed = settings.ENV.model_copy(update=own)
    monkeypatch.setattr(settings, "ENV", changed)
    blob_store.cache_clear()
    search_index.cache_clear()
    make_counter.cache_clear()


@pytest.fixture
def cast(db: None) -> Cast:
    return people()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Load what every server starts with, once: tests in a transaction find it there."""
    with django_db_blocker.unblock():
        _flush_the_audit_log_too()
        flush_without_permissions()
        load_vocabulary()
        load_profiles()
        # What a start leaves to do in the background is no test's.
        OutboxMessage.objects.all().delete()
        keep_rows()


def _flush_the_audit_log_too() -> None:
    """Let the end of a test that commits empty a table that else only grows."""
    vendor, flush = connection.vendor, connection.ops.sql_flush

    def sql_flush(*args: Any, **kwargs: Any) -> list[str]:
        return [*lifting(vendor), *flush(*args, **kwargs), *forbidding(vendor)]

    connection.ops.sql_flush = sql_flush  # type: ignore[method-assign]


@pytest.fixture
def vocabulary(db: None) -> None:
    """Bring the vocabulary back where a test that commits has emptied every table."""
    if not Context.objects.exists():
        put_rows_back()


@pytest.fixture
def as_user() -> As:
    """Return a client that is signed in as a person, by session."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def calls(db: None) -> Iterator[Callable[[User], httpx.Client]]:
    """Return clients that call the JSON API in this process: no port, no commit, no bytes."""
    opened: list[httpx.Client] = []

    def open_client(user: User, scope: Scope = Scope.ADMIN) -> httpx.Client:
        _, secret = create_token(user, name="test", scope=scope)
        client = httpx.Client(
            transport=httpx.WSGITransport(WSGIHandler()),
            base_url="http://localhost/api/v1",
            headers={"Authorization": f"Bearer {secret}"},
        )
        opened.append(client)
        return client

    # A request that ends would close the connection that holds this test's transaction.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield open_client
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    for client in opened:
        client.close()


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a Redis of this test; the caches that hold its address are emptied around it."""
    binary = shutil.which("redis-server")
    assert binary, "install redis-server"
    socket = tmp_path / "r"
    argv = [binary, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    monkeypatch.setattr(settings, "REDIS_URL", f"unix://{socket}")
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        while not socket.exists():
            time.sleep(0.01)
        for made in (sleepers, quick_redis, make_counter):
            made.cache_clear()
        yield
        for made in (sleepers, quick_redis, make_counter):
            made.cache_clear()
        process.kill()


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what changes settings for one test."""

    def change(**values: object) -> None:
        monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update=values))

    return change


@pytest.fixture
def short_disk() -> Iterator[int]:
    """Let no file of this process grow over 16 MiB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, before[1]))
    yield 16 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, told)


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """Serve the whole ASGI application on a port of this machine, and return its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        log_level="error",
        proxy_headers=False,
        http=PatientProtocol,
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


@pytest.fixture
def api(server: str) -> Iterator[Callable[[User, Scope], httpx.Client]]:
    """Return clients that send a person's API token to the served application."""
    opened: list[httpx.Client] = []

    def open_client(user: User, scope: Scope = Scope.ADMIN) -> httpx.Client:
        _, secret = create_token(user, name="test", scope=scope)
        client = httpx.Client(
            base_url=f"{server}/api/v1",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=60,
            follow_redirects=True,
        )
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()
