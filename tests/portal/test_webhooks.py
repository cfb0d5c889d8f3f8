import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from ondol_runner.protocol import Sentence

from jobs.services.lifecycle import fail, move
from jobs.types import FailureReason, JobState
from portal.accounts.models import User
from portal.accounts.services.teams import create_team, join_team
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.core.models import OutboxMessage
from portal.news.addresses import Unreachable, find_target, is_public
from portal.news.models import Delivery, Notice
from portal.news.services.delivery import KEPT, MOST_TRIES, announce_due, deliver
from portal.news.types import DeliveryState, Task
from repository.services.refs import create_ref, move_alias
from repository.types import RefKind
from tests.cast import Cast
from tests.jobs.scene import benchmark_job, connect, publish, set_duration


@dataclass
class Receiver:
    """Somebody's server: it keeps what it is sent, and answers as it is told."""

    port: int = 0
    status: int = 204
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/hook?x=1"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    kept = Receiver()

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.calls.append((dict(self.headers), body))
            self.send_response(kept.status)
            self.send_header("Location", "http://localhost:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    set_duration(monkeypatch, webhook_private=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        kept.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


def client_of(user: User) -> Client:
    secret = create_token(user, name="hooks", scope=Scope.WRITE)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def make(user: User, url: str, *topics: str, owner: str = "") -> tuple[int, dict[str, Any]]:
    body = {"url": url, "topics": list(topics)} | ({"owner": owner} if owner else {})
    answer = client_of(user).post("/api/v1/webhooks", body, "application/json")
    return answer.status_code, answer.json()


def send_all() -> None:
    for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
        deliver(pk)


def test_a_job_that_ends_is_told_once_signed_with_the_hooks_secret(
    cast: Cast, receiver: Receiver
) -> None:
    code, hook = make(cast.olga, receiver.url, "job")
    assert code == 201
    make(cast.mark, receiver.url, "job")
    job = benchmark_job(cast.olga, connect(cast.olga))
    fail(job, FailureReason.CRASHED, Sentence("It crashed."))
    assert OutboxMessage.objects.filter(task=Task.DELIVER).count() == 1
    send_all()
    send_all()
    [(headers, body)] = receiver.calls
    said = json.loads(body)
    assert (said["event"], said["data"]["job"]) == ("job.ended", job.pk)
    assert (said["data"]["state"], said["data"]["reason"]) == ("failed", "crashed")
    at, _, sent = headers["Ondol-Webhook-Signature"].partition(",v1=")
    signed = f"{at.removeprefix('t=')}.".encode() + body
    assert sent == hmac.new(hook["secret"].encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Host"] == f"localhost:{receiver.port}"
    listed = client_of(cast.olga).get(f"/api/v1/webhooks/{hook['id']}/deliveries").json()
    [delivery] = listed["results"]
    assert (delivery["state"], delivery["status_code"]) == ("delivered", 204)
    shown = client_of(cast.olga).get(f"/api/v1/webhooks/{hook['id']}").json()
    assert "secret" not in shown


def test_a_refused_message_is_tried_again_later_and_given_up_in_the_end(
    cast: Cast, receiver: Receiver
) -> None:
    receiver.status = 302
    _, hook = make(cast.olga, receiver.url, "job")
    client_of(cast.olga).post(f"/api/v1/webhooks/{hook['id']}/ping")
    OutboxMessage.objects.all().delete()
    pauses = []
    for _ in range(MOST_TRIES):
        send_all()
        row = Delivery.objects.get()
        pauses.append(round((row.next_at - timezone.now()).total_seconds(), -1))
        announce_due()
        assert not OutboxMessage.objects.filter(task=Task.DELIVER).exists()
        Delivery.objects.update(next_at=timezone.now())
    assert pauses[:-1] == sorted(pauses[:-1])
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.status_code) == (DeliveryState.FAILED, MOST_TRIES, 302)
    receiver.status = 200
    url = f"/api/v1/webhooks/{hook['id']}/deliveries/{row.pk}/redeliver"
    assert client_of(cast.olga).post(url).json()["state"] == "waiting"
    send_all()
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    ids = {json.loads(body)["id"] for _, body in receiver.calls}
    assert len(ids) == 1


def test_the_janitor_asks_for_a_message_whose_time_has_come(cast: Cast, receiver: Receiver) -> None:
    _, hook = make(cast.olga, receiver.url, "job")
    client_of(cast.olga).post(f"/api/v1/webhooks/{hook['id']}/ping")
    OutboxMessage.objects.all().delete()
    announce_due()
    announce_due()
    row = OutboxMessage.objects.get(task=Task.DELIVER)
    assert row.arguments == {"delivery_id": Delivery.objects.get().pk}
    Delivery.objects.update(created_at=timezone.now() - KEPT - dt.timedelta(days=1))
    announce_due()
    assert not Delivery.objects.exists()


def test_versions_and_aliases_of_a_team_are_told_to_its_hooks(
    cast: Cast, receiver: Receiver
) -> None:
    _, hook = make(cast.olga, receiver.url, "version", "alias")
    assert hook["owner"] == "olga"
    artifact = publish(cast.olga)
    create_ref(cast.olga, artifact.revision, RefKind.TAG, "1.0.0")
    alias = create_ref(cast.olga, artifact.revision, RefKind.ALIAS, "candidate")
    move_alias(cast.olga, alias, artifact.revision)
    told = list(Delivery.objects.order_by("pk").values_list("event", "payload__data__name"))
    assert told == [
        ("version.committed", "main"),
        ("version.published", "1.0.0"),
        ("alias.moved", "candidate"),
    ]


def test_only_owners_of_a_team_make_and_see_its_hooks(cast: Cast, receiver: Receiver) -> None:
    create_team("lab", "Lab", owner=cast.olga)
    join_team("lab", "Lab", cast.mark)
    code, hook = make(cast.olga, receiver.url, "device", owner="lab")
    assert (code, hook["owner"]) == (201, "lab")
    assert make(cast.mark, receiver.url, "device", owner="lab")[1]["code"] == "not_your_team"
    assert client_of(cast.mark).get(f"/api/v1/webhooks/{hook['id']}").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://localhost:6379/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "ftp://example.org/",
        "http://user:word@example.org/",
        "http://exa mple.org:port/",
        "no-url",
    ],
)
def test_an_address_that_must_not_be_called_is_refused(cast: Cast, url: str) -> None:
    code, said = make(cast.olga, url, "job")
    assert (code, list(said["details"])) == (422, ["url"])


def test_a_name_that_turns_private_after_it_was_checked_is_not_called(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, hook = make(cast.olga, receiver.url, "job")
    client_of(cast.olga).post(f"/api/v1/webhooks/{hook['id']}/ping")
    set_duration(monkeypatch, webhook_private=False)
    send_all()
    assert receiver.calls == []
    assert "private network" in Delivery.objects.get().error


@pytest.mark.parametrize("text", ["2002:a00:1::", "64:ff9b::a00:1", "fe80::1", "fd00::1"])
def test_a_private_address_within_another_is_private(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


def test_the_checked_address_is_the_one_that_is_called() -> None:
    target = find_target("https://8.8.8.8:8443/a?b=c", private_allowed=False)
    assert (target.url, target.name) == ("https://8.8.8.8:8443/a?b=c", "8.8.8.8")
    with pytest.raises(Unreachable):
        find_target("https://10.1.2.3/", private_allowed=False)


def test_who_asked_for_a_job_finds_a_notice_of_its_end_and_marks_it_read(cast: Cast) -> None:
    board = connect(cast.olga)
    artifact = publish(cast.olga)
    move(benchmark_job(cast.olga, board, artifact), JobState.EXPIRED)
    move(benchmark_job(cast.olga, board, artifact), JobState.CANCELLED)
    fail(benchmark_job(cast.mark, board, artifact), FailureReason.CRASHED)
    olga = client_of(cast.olga)
    said = olga.get("/api/v1/notices?unread=true").json()
    assert [row["data"]["state"] for row in said["results"]] == ["expired"]
    assert said["unread"] == 1
    marks = Notice.objects.get(user=cast.mark).pk
    answer = olga.post("/api/v1/notices/read", {"ids": [marks]}, "application/json")
    assert answer.status_code == 204
    beyond = olga.post("/api/v1/notices/read", {"ids": [2**63]}, "application/json")
    assert (beyond.status_code, beyond.json()["code"]) == (422, "invalid")
    assert olga.get("/api/v1/notices").json()["unread"] == 1
    olga.post("/api/v1/notices/read", {}, "application/json")
    assert olga.get("/api/v1/notices").json()["unread"] == 0
    assert Notice.objects.filter(user=cast.mark, read_at=None).exists()
