"""What somebody who reaches Redis may put there, in front of a real worker."""

import base64
import json
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery.contrib.testing.worker import start_worker
from django.utils import timezone
from redis import Redis

from portal.core.background import background
from portal.core.celery_app import app
from portal.core.models import OutboxMessage
from tests.services import redis

PATIENCE = 400
PICKLE = "application/x-python-serialize"
ran: list[object] = []


@background("tests.wanted")
def wanted(*, number: int) -> None:
    ran.append(number)


@background("tests.forged")
def forged(**arguments: object) -> None:
    ran.append(arguments)


class Tripwire:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._path),)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    with redis() as url:
        monkeypatch.setattr(app.conf, "broker_url", url.replace("unix://", "redis+socket://", 1))
        yield Redis.from_url(url)


def envelope(task: str, body: bytes, kind: str = "application/json", **headers: object) -> bytes:
    """Return a message as Celery's own client would have pushed it."""
    told = {"lang": "py", "task": task, "id": str(uuid4()), "root_id": None, **headers}
    properties = {
        "correlation_id": told["id"],
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "celery"},
        "body_encoding": "base64",
        "delivery_tag": str(uuid4()),
    }
    message = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8" if kind == "application/json" else "binary",
        "content-type": kind,
        "headers": told,
        "properties": properties,
    }
    return json.dumps(message).encode()


def row_of(task: str, number: int) -> OutboxMessage:
    return OutboxMessage.objects.create(
        task=task, arguments={"number": number}, send_at=timezone.now()
    )


def call(task: str, *arguments: object, **named: object) -> bytes:
    return envelope(task, json.dumps([arguments, named, {}]).encode())


@pytest.mark.django_db(transaction=True)
def test_a_forged_message_does_only_what_the_database_says(broker: Redis, tmp_path: Path) -> None:
    ran.clear()
    theirs, last = (row_of("tests.wanted", number) for number in (1, 2))
    tripwire = tmp_path / "unpickled"
    messages = [
        # The id of other work, and arguments that no row has.
        call("tests.forged", message_id=theirs.pk),
        call("tests.forged", message_id=theirs.pk, number=7),
        call("tests.wanted", number=7),
        call("tests.wanted", message_id=theirs.pk + 100),
        *(call("tests.wanted", message_id=bad) for bad in ("x", [1], {"pk": 1}, None, 2**70, 1.5)),
        call("os.system", "true"),
        call("celery.starmap", {"task": "tests.forged"}, [[7]]),
        envelope(
            "tests.forged",
            pickle.dumps(([], {}, Tripwire(tripwire))),
            "application/x-python-serialize",
        ),
        envelope("tests.forged", b"!!python/object/apply:os.mkdir [x]", "application/x-yaml"),
        envelope("tests.forged", b"{"),
        envelope("tests.forged", b"[[], {}, {}]", eta="never"),
        call("tests.wanted", message_id=last.pk, number=9),
    ]
    messages[:0] = [b"garbage", b"[]", b"{}", b"\xff", b'{"body": 1, "properties": {}}']
    for message in messages:
        broker.lpush("celery", message)
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        app.control.broadcast("shutdown")
        for _ in range(PATIENCE):
            if not OutboxMessage.objects.filter(pk=last.pk).exists():
                break
            time.sleep(0.05)

    assert ran == [2]
    assert list(OutboxMessage.objects.values_list("pk", flat=True)) == [theirs.pk]
    assert not tripwire.exists()
