import csv
import io
import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from portal.accounts.api import audit
from portal.accounts.models import AuditEvent, User
from portal.accounts.models.append_only import forbidding, lifting, run
from portal.accounts.services import denials
from portal.accounts.services.audit import check_chain, check_piece, record
from portal.accounts.services.denials import Denial, DenialLog
from portal.accounts.services.tokens import create_token, revoke_token
from portal.accounts.types import Scope
from tests.cast import Cast

Calls = Callable[[User], httpx.Client]
Rows = QuerySet[AuditEvent]
FORGERIES: dict[str, Callable[[AuditEvent, Rows], object]] = {
    "changed": lambda row, rows: rows.filter(pk=row.pk).update(target="somebody else"),
    "whitened": lambda row, rows: rows.filter(pk=row.pk).update(allowed=True),
    "signed over": lambda row, rows: rows.filter(pk=row.pk).update(digest="0" * 64),
    "removed": lambda row, rows: rows.filter(pk=row.pk).delete(),
    "cut off the end": lambda row, rows: rows.filter(pk__gte=row.pk).delete(),
    "all gone": lambda _, rows: rows.all().delete(),
}


@pytest.fixture
def log(cast: Cast) -> list[AuditEvent]:
    for number in range(4):
        record(cast.ada, "model.delete", f"olga/m{number}", allowed=False, revision="보행자")
    return list(AuditEvent.objects.order_by("id"))


@pytest.fixture
def lifted(log: list[AuditEvent]) -> Iterator[None]:
    """Be somebody who owns the database and takes its own refusal away."""
    run(connection, lifting(connection.vendor))
    yield
    run(connection, forbidding(connection.vendor))


@pytest.mark.usefixtures("log")
def test_a_log_that_nobody_touched_is_whole() -> None:
    call_command("verify_audit")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_database_refuses_to_forge(log: list[AuditEvent], forgery: str) -> None:
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        FORGERIES[forgery](log[1], AuditEvent.objects.all())


@pytest.mark.usefixtures("lifted")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_log_is_told_from_a_whole_one(log: list[AuditEvent], forgery: str) -> None:
    FORGERIES[forgery](log[1], AuditEvent.objects.all())

    with pytest.raises(CommandError):
        call_command("verify_audit")


@pytest.mark.usefixtures("lifted")
def test_the_fault_names_the_row(log: list[AuditEvent]) -> None:
    AuditEvent.objects.filter(pk=log[2].pk).update(actor=None)

    assert f"Row {log[2].pk} (model.delete olga/m2)" in check_chain().fault
    assert check_chain(newest=1).fault == ""


@pytest.mark.usefixtures("lifted")
def test_a_row_that_was_slipped_in_is_found(log: list[AuditEvent]) -> None:
    AuditEvent.objects.create(at=log[0].at, action="model.delete")

    assert "The log holds 5 rows; 4 were written." in check_chain().fault


def test_making_and_ending_a_token_is_in_the_log_and_its_secret_is_not(cast: Cast) -> None:
    token, secret = create_token(cast.olga, name="ci", scope=Scope.WRITE)
    revoke_token(cast.olga, token.pk)

    told = list(AuditEvent.objects.order_by("id").values("action", "actor", "details"))
    assert [row["action"] for row in told] == ["token.create", "token.revoke"]
    assert {row["actor"] for row in told} == {cast.olga.pk}
    assert secret not in str(told)


def test_an_administrator_narrows_the_log_and_pages_through_it(cast: Cast, calls: Calls) -> None:
    admin = calls(cast.ada)
    for number in range(60):
        record(cast.olga, "model.change", f"olga/m{number}")
    record(None, "access.denied", "GET /api/v1/people", allowed=False, code="wrong_token", times=1)

    def found(**asked: str) -> list[str]:
        return [row["object"] for row in admin.get("/audit", params=asked).json()["results"]]

    first = admin.get("/audit", params={"actor": "olga"}).json()
    assert first["actions"] == ["access.denied", "model.change", "token.create"]
    rest = found(actor="olga", before=str(first["next"]))
    assert [row["object"] for row in first["results"]] + rest == [
        f"olga/m{number}" for number in reversed(range(60))
    ]
    assert found(outcome="denied") == ["GET /api/v1/people"]
    assert found(action="model", object="m59") == ["olga/m59"]
    assert found(action="mod") == found(until="2001-01-01T00:00:00Z") == []
    assert admin.get("/audit", params={"outcome": "maybe"}).status_code == 422


def test_a_long_log_is_checked_piece_by_piece(
    cast: Cast, calls: Calls, log: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "NEWEST", 3)
    admin = calls(cast.ada)
    record(cast.ada, "model.delete", "olga/last")
    rows, last = AuditEvent.objects.count(), AuditEvent.objects.latest("id")

    newest = admin.get("/audit/chain").json()
    assert (newest["skipped"], newest["checked"], newest["next"]) == (rows - 3, 3, None)
    assert newest["digest"] == last.digest
    assert newest["since"].startswith(log[0].at.date().isoformat())
    looked, start = 0, 0
    while start is not None:
        piece = admin.get("/audit/chain", params={"skip": start}).json()
        assert piece["fault"] == ""
        looked, start = looked + piece["checked"], piece["next"]
    assert looked == rows
    assert admin.get("/audit/chain", params={"skip": 999}).json()["checked"] == 0
    assert admin.get("/audit/chain", params={"skip": -1}).status_code == 422


@pytest.mark.usefixtures("lifted")
def test_a_fault_ends_the_pieces(log: list[AuditEvent]) -> None:
    AuditEvent.objects.filter(pk=log[1].pk).update(target="somebody else")
    assert f"Row {log[1].pk}" in check_piece(0, 3).fault
    assert check_piece(2, 3).fault == ""
    AuditEvent.objects.filter(pk__gte=log[2].pk).delete()
    assert "The log ends after 2 rows" in check_piece(2, 3).fault


@pytest.mark.parametrize("path", ["/audit", "/audit/chain"])
def test_nobody_else_reads_the_log(cast: Cast, calls: Calls, path: str) -> None:
    assert calls(cast.olga).get(path).status_code == 403


def test_many_denials_make_few_rows_and_none_is_forgotten(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "KINDS", 5)
    now = [0.0]
    log = DenialLog(lambda: now[0])
    for number in range(1000):
        log.note(Denial(None, 401, "wrong_token", "GET", f"/api/v1/{number}"))
        log.note(Denial(cast.olga.pk, 403, "role_too_low", "GET", "/api/v1/people"))
    assert AuditEvent.objects.filter(allowed=False).count() == 5 + 1 + 1

    now[0] = denials.WINDOW_S
    log.close_window()
    rows = AuditEvent.objects.filter(action="access.denied", allowed=False)
    assert rows.count() == 7 + 2
    assert sum(row.details["times"] for row in rows) == 2000
    assert rows.filter(actor=cast.olga).first() is not None


def test_denials_are_in_the_export_and_the_export_is_in_the_log(cast: Cast, server: str) -> None:
    _, admin = create_token(cast.ada, name="=1+1", scope=Scope.ADMIN)
    _, secret = create_token(cast.olga, name="t", scope=Scope.READ)

    def get(path: str, bearer: str) -> httpx.Response:
        return httpx.get(server + path, headers={"Authorization": f"Bearer {bearer}"})

    assert get("/api/v1/people", secret).status_code == 403
    assert get("/hf/api/whoami-v2", "hf_" + "x" * 37).status_code == 401
    assert get("/api/v1/audit/export", secret).status_code == 403
    assert httpx.get(f"{server}/api/v1/me").status_code == 401
    lines = get("/api/v1/audit/export?outcome=denied", admin).text.splitlines()
    told = [json.loads(line) for line in lines]
    assert [(row["actor"], row["object"], row["details"]["code"]) for row in told] == [
        ("olga", "GET /api/v1/people", "token_scope"),
        (None, "GET /hf/api/whoami-v2", "wrong_token"),
        ("olga", "GET /api/v1/audit/export", "token_scope"),
    ]
    assert secret not in "".join(lines)

    table = list(csv.DictReader(io.StringIO(get("/api/v1/audit/export?format=csv", admin).text)))
    assert len(table) == AuditEvent.objects.count()
    assert table[0]["object"] == "'=1+1"
    assert table[-1]["action"] == "audit.export"
    assert get("/api/v1/audit/export?outcome=maybe", admin).status_code == 422
    assert check_chain().fault == ""
